"""What the Operations page says of the service's figures and of its last minutes."""

import pytest

from services.ui.operating import board
from services.ui.operating.looks import KEPT_SECONDS, Look, OperatingState
from shared.jobs import Eta
from shared.operations import Calibration, Depth, QueueView

NOW = 1_000.0


def look(*, at: float = NOW, waiting: int = 0, calibration: Calibration | None = None) -> Look:
    queue = QueueView(
        model="tales",
        depth=Depth(interactive=waiting, batch=0),
        oldest_age_seconds=None,
        running=0,
        slots=1,
        workers=[],
        eta_seconds=Eta(p50=0.03, p90=0.055),
        calibration=calibration,
    )
    return Look(at, queue, [])


def test_what_was_foretold_and_what_was_kept_of_it_are_told_apart() -> None:
    kept = Calibration(stories=240, within_p50=0.5, within_p90=0.79)
    told = (
        "<span>foretold: nine of ten within 55 ms; of the last 240 stories 79 % began within "
        "theirs</span>"
    )
    assert told in board.figures(look(calibration=kept))
    assert "<span>foretold: nine of ten within 55 ms</span>" in board.figures(look())


@pytest.mark.parametrize(
    ("seconds", "span"),
    [
        (40, "since it was opened"),
        (KEPT_SECONDS - 10, "since it was opened"),
        (2 * KEPT_SECONDS, "in the last 3 minutes"),
    ],
)
def test_the_strips_tell_how_far_back_the_page_has_seen(seconds: float, span: str) -> None:
    operating = OperatingState()
    for second in range(int(seconds)):
        operating.remember(look(at=NOW - seconds + second, waiting=7))
    shown = board.history(operating.looks, now=NOW - 1)
    assert f"Stories that wait, as this page saw it {span}: highest 7" in shown
