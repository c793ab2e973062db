"""Interleaving: A B A B, so that what drifts on the machine meets everybody alike."""

import logging
from collections.abc import Callable, Iterable, Mapping

from shared.errors import ServiceError
from tests.bench.findings import Findings, Sample

log = logging.getLogger(__name__)
Turn = Callable[[], Iterable[tuple[str, Sample]]]
"""Measures one contestant once: a sample for each case, by its name."""


def in_turns(findings: Findings, level: str, turns: Mapping[str, Turn], *, repeats: int) -> None:
    """Everybody after each other, and all of it again."""
    for _ in range(repeats):
        for who, turn in turns.items():
            take_turn(findings, level, who, turn)


def take_turn(findings: Findings, level: str, who: str, turn: Turn) -> None:
    """Who breaks down is named with the reason, and left out from there on."""
    if (level, who) in findings.absent:
        return
    try:
        for case, sample in turn():
            findings.add(level, who, case, sample)
            log.info("%s: %s: %s: %s", level, who, case, _shown(sample))
    except (RuntimeError, OSError, ServiceError) as error:
        log.error("%s: %s broke down: %s", level, who, error)
        findings.lack(level, who, f"broke down: {_last_line(error)}")


def _shown(sample: Sample) -> str:
    return ", ".join(f"{metric} {value:.4g}" for metric, value in sample.items())


def _last_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else repr(error)
