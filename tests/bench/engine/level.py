"""Engines alone: tokens/s at rising numbers of streams, short and long contexts, and churn."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from tokenizers import Tokenizer

from tests.bench.children import Child, child
from tests.bench.engine.case import Case
from tests.bench.engine.entries import DTYPES, ENTRIES, OURS, environment, has_bf16, missing
from tests.bench.findings import Findings, Sample, case_of
from tests.bench.options import Options
from tests.bench.prompts import LONG, SHORT, cut_prompts, tales
from tests.bench.turns import naming_who_breaks_down, take_turn

LEVEL = "engine"
BUNDLED_LEVEL = "engine, bundled model"
PROFILE_LEVEL = "a step of our engine, {}"
PROFILED = (1, 8, 16)
BUNDLED_ENTRIES = ("ours auto", "HF forward fp32", "HF generate fp32")
CHURN_STREAMS = 16
MOST_LONG = 16
"""Streams with a long context: to read 32 such prompts takes some peers a minute."""
ANSWER_SECONDS = 900


def cases(streams: Sequence[int], *, tokens: int, seconds: float) -> list[Case]:
    short = [Case("steady", count, SHORT, tokens, seconds) for count in streams]
    long = [Case("steady", n, LONG, tokens, seconds) for n in streams if n <= MOST_LONG]
    return [*short, *long, Case("churn", min(CHURN_STREAMS, max(streams)), SHORT, tokens, seconds)]


def measure_engines(findings: Findings, model: Path, options: Options) -> None:
    planned = cases(options.streams, tokens=options.tokens, seconds=options.seconds)
    measure_level(findings, LEVEL, model, ENTRIES, planned, options)


def measure_bundled(findings: Findings, model: Path, options: Options) -> None:
    """It ends its stories itself, which ends a measurement: hence no churn and no long contexts."""
    planned = [
        Case("steady", streams, SHORT, options.tokens, options.seconds)
        for streams in options.streams
    ]
    measure_level(findings, BUNDLED_LEVEL, model, BUNDLED_ENTRIES, planned, options)


def measure_steps(findings: Findings, model: Path, options: Options) -> None:
    """Where the time goes, beside what the machine's memory and arithmetic allow."""
    for dtype in DTYPES:
        if missing(f"ours {dtype}") or (dtype == "bf16" and not has_bf16()):
            continue
        level = PROFILE_LEVEL.format(dtype)
        with naming_who_breaks_down(findings, level, f"ours {dtype}"):
            _measure_steps_of(dtype, findings, level, model, options)


def _measure_steps_of(
    dtype: str, findings: Findings, level: str, model: Path, options: Options
) -> None:
    words = (str(model), str(max(PROFILED)), dtype)
    module, env = "tests.bench.engine.profile", environment(OURS)
    with child(f"profile {dtype}", module, *words, folder=options.out, env=env) as profiled:
        for streams in PROFILED * options.repeats:
            case = Case("steady", streams, SHORT, options.tokens, options.seconds)
            parts: Sample = profiled.ask(prompts_for(model, case), seconds=ANSWER_SECONDS)
            for part, value in parts.items():
                name, _, unit = part.rpartition(", ")
                findings.add(level, name, case_of(streams), {unit: value})


def measure_level(
    findings: Findings,
    level: str,
    model: Path,
    names: Sequence[str],
    planned: list[Case],
    options: Options,
) -> None:
    """Every engine is loaded once, in a process of its own, and sleeps while another is asked."""
    prompts = {case.name: prompts_for(model, case) for case in planned}
    slots = max(case.streams for case in planned)
    with contextlib.ExitStack() as exits:
        engines = {}
        for name in names:
            why = missing(name)
            if why is None:
                running = running_engine(name, model, options.out, slots=slots)
                engines[name] = exits.enter_context(running)
            else:
                findings.lack(level, name, why)
        for name, engine in engines.items():  # or the first would be measured beside their loading
            take_turn(findings, level, name, partial(_wait_ready, engine))
        for case in planned * options.repeats:
            for name, engine in engines.items():
                turn = partial(_turn, engine, case, prompts[case.name])
                take_turn(findings, level, name, turn)


def _wait_ready(engine: Child) -> Iterable[tuple[str, Sample]]:
    engine.wait_ready(seconds=ANSWER_SECONDS)
    return ()


def _turn(engine: Child, case: Case, prompts: Sequence[str]) -> Iterator[tuple[str, Sample]]:
    yield case.name, ask(engine, case, prompts)


@contextlib.contextmanager
def running_engine(name: str, model: Path, folder: Path, *, slots: int) -> Iterator[Child]:
    module, words = "tests.bench.engine.child", (name, str(model), str(slots))
    with child(name, module, *words, folder=folder, env=environment(name)) as engine:
        yield engine


def ask(engine: Child, case: Case, prompts: Sequence[str]) -> Sample:
    question = {"case": case.question(), "prompts": prompts}
    sample: Sample = engine.ask(question, seconds=ANSWER_SECONDS)
    return sample


def prompts_for(model: Path, case: Case) -> list[str]:
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    return cut_prompts(tokenizer, tales(), count=case.stories, tokens=case.prompt)
