"""How long a fault was felt: by the story that it held up longest, from the fault on."""

from tests.faults.records import Delivery, Ending, History, Occurrence, Reading
from tests.faults.recovery import felt, percentile


def told(job_id: str, *times: float, ended_at: float | None = None) -> Reading:
    deliveries = [Delivery(at, index, 1, "x") for index, at in enumerate(times, 1)]
    endings = [] if ended_at is None else [Ending(ended_at, "done")]
    return Reading(job_id, "0", deliveries, endings=endings)


def history(readings: list[Reading], *faults: Occurrence) -> History:
    return History(1, [], readings=readings, occurrences=list(faults))


def test_the_slowest_story_counts() -> None:
    readings = [told("a", 1.0, 2.0, 2.5), told("b", 1.5, 2.0, 5.0)]
    (kill,) = felt(history(readings, Occurrence("kill", 2.1, 2.2)))
    assert kill.seconds is not None
    assert round(kill.seconds, 3) == 2.9
    assert kill.alone


def test_story_that_was_not_being_written_does_not_count() -> None:
    waits, over = told("a", 9.0, 9.1), told("b", 1.0, 1.1, ended_at=1.2)
    assert felt(history([waits, over], Occurrence("kill", 4.0, 4.1)))[0].seconds is None


def test_what_any_reader_was_told_counts_and_so_does_an_ending() -> None:
    slow, fast = told("a", 1.0, 9.0), told("a", 1.0, ended_at=2.0)
    assert felt(history([slow, fast], Occurrence("cut", 1.5, 1.6)))[0].seconds == 0.5


def test_fault_beside_another_is_not_alone() -> None:
    readings = [told("a", 1.0, 4.0)]
    kill, cut = felt(history(readings, Occurrence("kill", 1.5, 1.6), Occurrence("cut", 3.0, 3.5)))
    assert not kill.alone, "the cut came before the story went on"
    assert cut.seconds is None


def test_token_that_was_on_its_way_does_not_end_the_pause() -> None:
    (kill,) = felt(history([told("a", 2.0, 2.2, 5.0, 5.1)], Occurrence("kill", 2.1, 2.2)))
    assert kill.seconds is not None
    assert round(kill.seconds, 3) == 2.8


def test_what_comes_after_the_story_went_on_is_not_beside_it() -> None:
    """A worker may need long to be started again; its stories are long with others then."""
    kill, _ = felt(
        history([told("a", 1.0, 3.0, 3.1)], Occurrence("kill", 1.5, 30.0), Occurrence("cut", 9, 9))
    )
    assert kill.alone


def test_percentiles_are_values_that_occurred() -> None:
    assert (percentile([3.0, 1.0, 2.0], 50), percentile([3.0, 1.0, 2.0], 95)) == (2.0, 3.0)
