from tests.bench.findings import Findings, fairness, percentile, ratios, summary
from tests.bench.table import cell, level_tables, ratio_table


def measured() -> Findings:
    """Two repeats on a machine that was half as fast in the second one."""
    findings = Findings()
    for ours, theirs in ((400, 100), (200, 50)):
        findings.add("engine", "ours", "8 streams", {"tokens/s": ours})
        findings.add("engine", "peer", "8 streams", {"tokens/s": theirs})
    findings.lack("engine", "other", "not installed")
    return findings


def test_summary_is_median_and_spread() -> None:
    found = summary([5, 1, 3, 100])
    assert (found.median, found.low, found.high) == (4, 1, 100)


def test_spread_of_many_is_their_quartiles() -> None:
    found = summary([1, 2, 3, 4, 5, 6, 7, 100])
    assert (found.median, found.low, found.high) == (4.5, 2.25, 6.75)


def test_ratios_pair_the_sides_of_a_repeat() -> None:
    assert ratios([400, 200], [100, 50]) == [4, 4]


def test_ratios_of_what_was_not_measured_are_none() -> None:
    assert ratios([400, 200], []) == []


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.95, 1)] == [50, 95, 100]
    assert percentile([7], 0.5) == 7


def test_fairness_falls_as_one_takes_more() -> None:
    assert fairness([3, 3, 3]) == 1
    assert fairness([9, 0, 0]) == 1 / 3


def test_drift_of_the_machine_does_not_blur_a_ratio() -> None:
    assert "| peer | 4.00× (4.00–4.00) |" in ratio_table(measured(), "engine", "tokens/s", "ours")


def test_table_names_those_who_are_absent_and_why() -> None:
    told = level_tables(measured(), "engine", against="ours")
    assert "| ours | 300 (200–400) |" in told
    assert "- other: not installed" in told


def test_cells() -> None:
    assert [cell([]), cell([0.456]), cell([12.34]), cell([12_345])] == [
        "–",
        "0.46",
        "12.3",
        "12,345",
    ]
