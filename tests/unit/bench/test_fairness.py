"""The queue at work in small: the service's own transitions, a stand-in for the engines."""

from shared.connections import connect
from shared.joblog import JobLog
from tests.bench.findings import fairness
from tests.bench.simulation import Scene, Simulation


def test_everybody_gets_the_same_and_newcomers_wait_for_one_quantum_at_most(redis_url: str) -> None:
    client = connect(redis_url)
    scene = Scene(users=60, slots=12, quantum=32, stories=5, flooders=0.1, newcomers=25)
    simulation = Simulation(JobLog(client), scene)
    simulation.submit_all()
    outcome = simulation.run()
    client.close()
    assert fairness([outcome.tokens[f"user-{number}"] for number in range(scene.users)]) >= 0.95
    assert len(outcome.waits) == scene.newcomers
    assert max(outcome.waits) <= 1
    assert outcome.hand_overs >= scene.newcomers / 2
