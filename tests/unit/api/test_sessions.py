"""Those who come without a name take turns with each other, by their sessions."""

import httpx2
import pytest

from services.api.admission.callers import ANONYMOUS, Caller, Scope, in_development
from tests.unit.api.acting import Actor

SEED = {"story_seed": "A fox"}
READS = frozenset({Scope.READ})


def ask(http: httpx2.Client, session: str, *, dry_run: bool = False, name: str = "") -> int:
    """Which place that gives."""
    headers = {"Once-Session": session} | ({"Authorization": f"Bearer {name}"} if name else {})
    params = {"dry_run": dry_run}
    answer = http.post("/v1/jobs", json=SEED, headers=headers, params=params).raise_for_status()
    position: int = answer.json()["position"]
    return position


def test_session_does_not_wait_behind_another_ones_flood(http: httpx2.Client, actor: Actor) -> None:
    assert [ask(http, "one") for _ in range(4)] == [0, 1, 2, 3]
    assert ask(http, "two", dry_run=True) == ask(http, "two") == 1


def test_name_has_one_turn_whatever_sessions_it_claims_to_be(
    http: httpx2.Client, actor: Actor
) -> None:
    places = [ask(http, session, name="anna") for session in ("one", "two", "three")]
    assert places == [0, 1, 2]


@pytest.mark.parametrize(
    ("caller", "session", "payer"),
    [
        (Caller("anna", "k1", READS), "one", "k1"),
        (Caller("room", "k2", READS | {Scope.SHARED}), "one", "k2/one"),
        (Caller("room", "k2", READS | {Scope.SHARED}), "", "k2"),
        (Caller("room", "k2", READS | {Scope.SHARED}), "a/b", "k2"),
        (Caller("room", "k2", READS | {Scope.SHARED}), "x" * 65, "k2"),
        (in_development(None), "one", f"{ANONYMOUS}/one"),
        (in_development("anna"), "one", "anna"),
    ],
)
def test_payer_is_the_key_or_one_of_the_many_behind_it(
    caller: Caller, session: str, payer: str
) -> None:
    assert caller.within(session).payer == payer
