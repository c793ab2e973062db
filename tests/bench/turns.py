"""Interleaving: A B A B, so that what drifts on the machine meets everybody alike."""

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping

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
    """Who has broken down before is left out."""
    if (level, who) in findings.absent:
        return
    with naming_who_breaks_down(findings, level, who):
        for case, sample in turn():
            findings.add(level, who, case, sample)
            log.info("%s: %s: %s: %s", level, who, case, _shown(sample))


@contextlib.contextmanager
def naming_who_breaks_down(findings: Findings, level: str, who: str) -> Iterator[None]:
    """With the reason, whatever it is: the others go on."""
    try:
        yield
    except Exception as error:
        log.exception("%s: %s broke down", level, who)
        findings.lack(level, who, f"broke down: {_last_line(error)}")


def _shown(sample: Sample) -> str:
    return ", ".join(f"{metric} {value:.4g}" for metric, value in sample.items())


def _last_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else repr(error)
