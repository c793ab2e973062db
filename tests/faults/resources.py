"""What processes hold: descriptors and memory, as a curve over the run."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults.cluster import Cluster

MORE_DESCRIPTORS = 80
"""A pool keeps as many connections as were in use at a time; a leak adds one for every cut."""
MORE_MEGABYTES = 200


@dataclass(frozen=True, slots=True)
class Held:
    run: str
    """Of which process."""
    role: str
    descriptors: int
    megabytes: int


def held(cluster: Cluster) -> list[Held]:
    return [
        Held(
            member.run_name,
            member.name.partition("-")[0],
            member.process.num_fds(),
            member.process.memory_info().rss // 2**20,
        )
        for member in cluster.members.values()
    ]


@dataclass(slots=True)
class Curve:
    """The first sample is the calm before; every later one is compared with it."""

    samples: list[list[Held]] = field(default_factory=list)

    def add(self, sample: Sequence[Held]) -> list[str]:
        """Answers what has grown too much."""
        self.samples.append(list(sample))
        return [grown for each in sample for grown in self._growth(each)]

    def _growth(self, now: Held) -> list[str]:
        calm = [each for each in self.samples[0] if each.role == now.role]
        descriptors = max(each.descriptors for each in calm) + MORE_DESCRIPTORS
        megabytes = max(each.megabytes for each in calm) + MORE_MEGABYTES
        grown = []
        if now.descriptors > descriptors:
            grown.append(f"{now.run} holds {now.descriptors} descriptors, over {descriptors}")
        if now.megabytes > megabytes:
            grown.append(f"{now.run} holds {now.megabytes} MiB, over {megabytes}")
        return grown
