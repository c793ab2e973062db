"""Interleaving: A B A B, so that what drifts on the machine meets everybody alike."""

import logging
from collections.abc import Callable, Mapping, Sequence

from tests.bench.findings import Findings, Sample

log = logging.getLogger(__name__)
Measure = Callable[[str], Sample]
"""Of a case, by its name."""


def in_turns(
    findings: Findings,
    level: str,
    contestants: Mapping[str, Measure],
    cases: Sequence[str],
    *,
    repeats: int,
) -> None:
    """Measure every case with everybody, one after the other, and all of it again.

    Who breaks down is named with the reason and left out from there on.
    """
    for repeat in range(1, repeats + 1):
        for case in cases:
            for who, measure in contestants.items():
                if (level, who) in findings.absent:
                    continue
                try:
                    sample = measure(case)
                except (RuntimeError, TimeoutError) as error:
                    log.error("%s: %s broke down at %s: %s", level, who, case, error)
                    findings.lack(level, who, f"broke down at {case}: {_last_line(error)}")
                    continue
                findings.add(level, who, case, sample)
                log.info("%s %d/%d: %s, %s: %s", level, repeat, repeats, case, who, shown(sample))


def shown(sample: Sample) -> str:
    return ", ".join(f"{metric} {value:.4g}" for metric, value in sample.items())


def _last_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[-1] if str(error).strip() else repr(error)
