"""Whole services over HTTP, each a real one on loopback, ended when its block is left."""

import contextlib
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import torch

from services.worker.engine.amx import CAN_AMX
from services.worker.engine.dtypes import Dtype
from services.worker.engine.processor import CAN_FP16, PAIRS_PAY
from tests.bench.engine.entries import has_bf16
from tests.bench.llama import server as llama
from tests.bench.llama.weights import Precision, gguf_file
from tests.bench.stack.client import HOST, Server
from tests.bench.stack.dialects import Once, OpenAI, Tutorial
from tests.processes import free_port, process, redis_process, wait_until
from tests.stack import answers, running_stack

OURS, OURS_16_BITS = "ours", "ours in 16 bits"
SIXTEEN_BITS: Dtype = "float16" if CAN_FP16 and not CAN_AMX and not PAIRS_PAY else "bfloat16"
"""The fastest of them here."""
TUTORIAL = "tutorial fp32"
LLAMA, LLAMA_8_BITS = "llama-server bf16", "llama-server Q8_0"
LLAMAS: dict[str, Precision] = {LLAMA: "bf16", LLAMA_8_BITS: "Q8_0"}
SERVE, SERVE_FP32 = "transformers serve bf16", "transformers serve fp32"
MOST_STREAMS = 16
START_SECONDS = 180
_BLOCKS = MOST_STREAMS * 5
"""Of 256 tokens each: room for so many stories as long as the context, and one block more each."""
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
Running = Callable[[Path], AbstractContextManager[Server]]


def absent() -> dict[str, str]:
    """Who cannot be measured here, and why."""
    llamas = {name: llama.missing(precision) for name, precision in LLAMAS.items()}
    reasons = {name: why for name, why in llamas.items() if why is not None}
    if importlib.util.find_spec("openai") is None:
        reasons[serve_name()] = "not installed (`.venv/bin/pip install openai`, which it needs)"
    return reasons


def serve_name() -> str:
    return SERVE if has_bf16() else SERVE_FP32


@contextlib.contextmanager
def running_ours(model: Path, *, dtype: Dtype = "auto") -> Iterator[Server]:
    """Redis, one API and one worker with a slot for every stream."""
    with tempfile.TemporaryDirectory(prefix="once-bench-") as name:
        settings = {"MODEL": str(model), "SLOTS": str(MOST_STREAMS), "DTYPE": dtype}
        with running_stack(Path(name), **settings) as stack:
            stack.add_worker("worker", OMP_NUM_THREADS=str(torch.get_num_threads()))
            yield Server(int(stack.api_url.rpartition(":")[2]), Once())


@contextlib.contextmanager
def running_serve(model: Path) -> Iterator[Server]:
    """`transformers serve` with continuous batching and room for every stream."""
    port, name = free_port(), str(model.resolve())
    command = [
        *(sys.executable, str(Path(sys.executable).with_name("transformers")), "serve", name),
        *("--continuous-batching", "--cb-num-blocks", str(_BLOCKS), "--device", "cpu"),
        *("--dtype", "bfloat16" if has_bf16() else "float32"),
        *("--host", HOST, "--port", str(port)),
    ]
    with (
        tempfile.TemporaryDirectory(prefix="once-bench-") as folder,
        process(command, Path(folder) / "serve.log", {**os.environ, **_OFFLINE}) as started,
    ):
        _wait_for(started, f"http://{HOST}:{port}/health", "transformers serve")
        yield Server(port, OpenAI(name))


@contextlib.contextmanager
def running_llama(model: Path, *, precision: Precision) -> Iterator[Server]:
    """llama.cpp's server, with the same weights in its own format."""
    port = free_port()
    weights = gguf_file(model, precision)
    command = llama.command(weights, HOST, port, slots=MOST_STREAMS, precision=precision)
    with (
        tempfile.TemporaryDirectory(prefix="once-bench-") as folder,
        process(command, Path(folder) / "llama.log") as started,
    ):
        _wait_for(started, f"http://{HOST}:{port}/health", "llama-server")
        yield Server(port, OpenAI(model.name))


@contextlib.contextmanager
def running_tutorial(model: Path) -> Iterator[Server]:
    """A process a core, with one thread each."""
    port, redis_port = free_port(), free_port()
    module = "tests.bench.tutorial"
    worker = [
        *(sys.executable, "-m", "celery", "--app", f"{module}.worker", "worker"),
        *("--pool", "prefork", "--concurrency", str(torch.get_num_threads())),
    ]
    api = [
        *(sys.executable, "-m", "uvicorn", "--factory", f"{module}.api:create_app"),
        *("--host", HOST, "--port", str(port), "--log-level", "warning"),
    ]
    with contextlib.ExitStack() as exits:
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="once-bench-")))
        url = exits.enter_context(redis_process(folder, redis_port))
        env = {**os.environ, **_OFFLINE, "REDIS_URL": url, "MODEL": str(model.resolve())}
        exits.enter_context(process(worker, folder / "worker.log", env | {"OMP_NUM_THREADS": "1"}))
        started = exits.enter_context(process(api, folder / "api.log", env))
        _wait_for(started, f"http://{HOST}:{port}/healthz", "the tutorial's API")
        yield Server(port, Tutorial())


def _wait_for(started: "subprocess.Popen[bytes]", url: str, what: str) -> None:
    """Raises RuntimeError if it ends before it answers."""

    def is_up() -> bool:
        if started.poll() is not None:
            raise RuntimeError(f"{what} ended with status {started.returncode}")
        return answers(url)

    wait_until(is_up, seconds=START_SECONDS, what=f"{what} up")
