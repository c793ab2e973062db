"""What many have in common, observed at once, is told as prometheus_client tells each by itself."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import Metric

from shared.histograms import ManyHistogram

NAME, TEXT, BUCKETS = "once_times_seconds", "Times", (0.002, 0.5, 1.0, 5.0)
# Sums of these are exact, in whatever order.
AMOUNTS = st.sampled_from([0.0, 0.001953125, 0.25, 0.5, 0.75, 1.0, 4.5, 5.0, 64.0])


@given(st.lists(st.tuples(AMOUNTS, st.integers(1, 40))))
def test_it_is_told_as_if_each_were_observed(observed: list[tuple[float, int]]) -> None:
    registry, others = CollectorRegistry(), CollectorRegistry()
    many = ManyHistogram(NAME, TEXT, buckets=BUCKETS, registry=registry)
    each = Histogram(NAME, TEXT, buckets=BUCKETS, registry=others)
    for amount, count in observed:
        many.observe(amount, count=count)
        for _ in range(count):
            each.observe(amount)
    (own,), (expected,) = registry.collect(), others.collect()
    assert samples(own) == samples(expected)
    assert set(generate_latest(registry).splitlines()) <= set(generate_latest(others).splitlines())


def samples(metric: Metric) -> list[tuple[str, dict[str, str], float]]:
    """Without the time since when they are counted."""
    return [
        (sample.name, sample.labels, sample.value)
        for sample in metric.samples
        if not sample.name.endswith("_created")
    ]
