"""`make bench`: measure ours and the peers in turn, and write down what came of it."""

import argparse
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from shared.settings import BUNDLED_MODEL
from tests.bench.engine.level import measure_bundled, measure_engines, measure_steps
from tests.bench.findings import Findings
from tests.bench.machine import machine
from tests.bench.models import build_gpt2
from tests.bench.options import Options
from tests.bench.peers import fetch
from tests.bench.redis_step import measure_redis
from tests.bench.relay.level import measure_relay
from tests.bench.report import write_report
from tests.bench.scale import measure_scale
from tests.bench.stack.growth import measure_growth
from tests.bench.stack.level import measure_stacks

log = logging.getLogger("tests.bench")
LEVELS = ("stack", "engine", "relay", "step", "bundled", "growth", "redis", "scale")
"""What most of the goals are about comes first: a run that is broken off tells the rest."""


def main(words: Sequence[str] | None = None) -> int:
    options = Options(**vars(_parser().parse_args(words)))
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    log.setLevel(logging.INFO)
    # However it is ended: the processes that it started end with it.
    signal.signal(signal.SIGTERM, _leave)
    options.out.mkdir(parents=True, exist_ok=True)
    fetch(options.levels, options.out / "peers")
    about, findings = machine(), Findings()
    try:
        for level in options.levels:
            log.info("level: %s", level)
            _measures(findings, options)[level]()
    finally:
        # Also a run that was broken off has something to say.
        if findings.values or findings.absent:
            log.info("report: %s", write_report(findings, about, options.out))
    return 0


def _measures(findings: Findings, options: Options) -> dict[str, Callable[[], None]]:
    def gpt2() -> Path:
        return build_gpt2(options.out / "models")

    return {
        "stack": lambda: measure_stacks(findings, gpt2(), options),
        "engine": lambda: measure_engines(findings, gpt2(), options),
        "relay": lambda: measure_relay(findings, options),
        "step": lambda: measure_steps(findings, gpt2(), options),
        "bundled": lambda: measure_bundled(findings, BUNDLED_MODEL, options),
        "growth": lambda: measure_growth(findings, gpt2(), options),
        "redis": lambda: measure_redis(findings, options),
        "scale": lambda: measure_scale(findings, options),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--levels", nargs="+", default=list(LEVELS), choices=LEVELS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--seconds", type=float, default=4.0, help="that one measurement lasts at most, about"
    )
    parser.add_argument("--tokens", type=int, default=96, help="that each stream writes")
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 4, 8, 16, 32])
    parser.add_argument("--readers", type=int, nargs="+", default=[100, 500, 1000, 2000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    return parser


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
