# The one list of commands; CI runs the same. `make help` prints it.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
WARM   := $(VENV)/.compiled

# Which torch: `cpu` or `cuda`, by default what is installed, at first `cpu`; TORCH_INDEX adds an index
# to look for its wheel in.
INSTALLED     := $(or $(shell cat $(VENV)/.torch 2>/dev/null),cpu)
TORCH         ?= $(INSTALLED)
TORCH_INDEX   ?=
TORCH_VERSION := $(shell sed -n 's/^torch==//p' requirements.txt)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup up story secrets key test chaos bench bench-quick check fmt clean

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: $(WARM)  ## install everything into .venv (TORCH=cpu|cuda, TORCH_INDEX=url)

ifneq ($(TORCH),$(INSTALLED))
.PHONY: $(STAMP)
endif
$(STAMP): requirements.txt pyproject.toml infra/local/install_torch.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo 'Once needs Python 3.11: make PYTHON=/path/to/python3.11'; exit 1; }
	@echo 'Installing into $(VENV) (a few minutes, once)...'
	@$(PYTHON) -m venv $(VENV)
	@sh infra/local/install_torch.sh $(BIN)/pip '$(TORCH_VERSION)' '$(TORCH)' '$(TORCH_INDEX)'
	@$(BIN)/pip install --quiet --requirement requirements.txt
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@echo '$(TORCH)' > $(VENV)/.torch
	@touch $@

# When the engine has changed, before anything that waits for a worker, or measures one.
$(WARM): $(STAMP) $(wildcard services/worker/engine/*.py)
	@echo 'Compiling the engine (a minute or two)...'
	@$(BIN)/python -m services.worker.warm
	@touch $@

up: $(WARM)  ## run Redis, API, worker and writing room here; Ctrl-C stops them
	@$(BIN)/python -m infra.local

# The values reach the recipe as they were typed: not expanded by make, quoted in the shell.
STORY_VARIABLES := SEED GENRE POV STYLE LENGTH OPTIONS
$(foreach name,$(STORY_VARIABLES),$(eval override $(name) := $$(value $(name))))
story: export SEED := $(SEED)
story: export GENRE := $(GENRE)
story: export POV := $(POV)
story: export STYLE := $(STYLE)
story: export LENGTH := $(LENGTH)
story chaos bench: export OPTIONS := $(OPTIONS)
story: $(STAMP)  ## stream a story: make story SEED="..." [GENRE= POV= STYLE= LENGTH= OPTIONS="--seed 7"]
	@set -f; $(BIN)/once write $${GENRE:+--genre "$$GENRE"} $${POV:+--pov "$$POV"} \
		$${STYLE:+--style "$$STYLE"} $${LENGTH:+--length "$$LENGTH"} $${OPTIONS:-} -- "$$SEED"

secrets:  ## make the passwords of a deployment, once, in secrets/
	@sh infra/secrets.sh secrets

override DO := $(value DO)
key: export DO := $(DO)
key: $(STAMP)  ## keys to the API: make key DO="create NAME --scope read", DO=list, DO="revoke ID"
	@set -f; $(BIN)/python -m services.api.keys $${DO:---help}

# A file to a core, in their order: what is slowest comes first, where xdist would begin with the files
# of most tests. Then what needs the machine to itself, such as promises in seconds; browsers by
# themselves, since Playwright keeps an event loop running, and two at a time, since they mostly wait.
SPREAD := --numprocesses auto --dist loadfile --no-loadscope-reorder
test: $(WARM)  ## run all tests
	@$(BIN)/pytest $(SPREAD) -m 'not alone' --ignore tests/e2e --durations 15
	@$(BIN)/pytest -m alone tests/faults tests/integration --durations 15
	@$(BIN)/pytest tests/e2e --numprocesses 2 --dist loadfile --durations 15

chaos: $(WARM)  ## attack the service for long: make chaos [OPTIONS="--seeds 50 --jobs 24 --minutes 30"]
	@set -f; $(BIN)/python -m tests.faults $${OPTIONS:-}

bench-quick: $(WARM)  ## whether the engine still is as far ahead as it was (3 minutes)
	@$(BIN)/python -m tests.bench.quick

bench: $(WARM)  ## measure ours and the peers in turn: make bench [OPTIONS="--levels engine --repeats 3"]
	@set -f; $(BIN)/python -m tests.bench $${OPTIONS:-}

check: $(STAMP)  ## lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fmt: $(STAMP)  ## format and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean:  ## remove the environment and caches; stories under var/ stay
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
