"""Bradley-Terry strengths from comparisons, with 95 % intervals from the Fisher information.

R. A. Bradley, M. E. Terry (Biometrika 39, 1952); the minorise-maximise iteration and the condition
for a maximum are those of D. R. Hunter (Annals of Statistics 32, 2004). A tie is half a win each.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.evaluation.feedback import Comparison, Winner

Matrix = npt.NDArray[np.float64]
STEPS = 100_000
ENOUGH = 1e-12
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Strength:
    """Natural log of a strength, relative to the mean of its group, which is 0."""

    model: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Group:
    """Models that were compared, directly or through others; nothing links two groups."""

    models: list[str]
    comparisons: int
    strengths: list[Strength]
    """Strongest first; empty where `problem` says why there are none."""
    problem: str | None


def ranked(comparisons: Iterable[Comparison]) -> list[Group]:
    """Rank each group for itself. A model against itself tells nothing and is left out."""
    models, wins = win_matrix(comparisons)
    reached = reachable((wins + wins.T) > 0)
    groups = list[Group]()
    for group in sorted({tuple(np.flatnonzero(row).tolist()) for row in reached}):
        names = [models[place] for place in group]
        groups.append(_group(names, wins[np.ix_(group, group)]))
    return groups


def win_matrix(comparisons: Iterable[Comparison]) -> tuple[list[str], Matrix]:
    """Names, and how often the row's model was preferred to the column's."""
    real = [one for one in comparisons if one.model_a != one.model_b]
    models = sorted({name for one in real for name in (one.model_a, one.model_b)})
    wins = np.zeros((len(models), len(models)))
    for one in real:
        a, b = models.index(one.model_a), models.index(one.model_b)
        half = {Winner.A: 1.0, Winner.B: 0.0, Winner.TIE: 0.5}[one.winner]
        wins[a, b] += half
        wins[b, a] += 1 - half
    return models, wins


def fit(wins: Matrix) -> tuple[Matrix, Matrix]:
    """Log strengths with mean 0 and their standard errors, both [models].

    There is a maximum only if, however the models are split in two, each side beat the other.
    """
    played = wins + wins.T
    won = wins.sum(axis=1)
    strengths = np.ones(len(wins))
    for _ in range(STEPS):
        together = strengths[:, None] + strengths[None, :]
        new = won / (played / together).sum(axis=1)
        new /= np.exp(np.log(new).mean())
        moved = np.abs(np.log(new / strengths)).max()
        strengths = new
        if moved < ENOUGH:
            break
    chance = strengths[:, None] / (strengths[:, None] + strengths[None, :])
    weights = played * chance * (1 - chance)
    information = np.diag(weights.sum(axis=1)) - weights
    # The mean is fixed at 0: the pseudo-inverse is the covariance under that constraint.
    return np.log(strengths), np.sqrt(np.diag(np.linalg.pinv(information)))


def reachable(links: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """From which place a path of links, or none, leads to which."""
    paths = links | np.eye(len(links), dtype=bool)
    for via in range(len(paths)):
        paths |= paths[:, [via]] & paths[[via], :]
    return paths


def _group(models: list[str], wins: Matrix) -> Group:
    count = round(wins.sum())
    beaten = reachable(wins > 0)
    if not beaten.all():
        return Group(models, count, [], _unbeaten(models, beaten))
    values, errors = fit(wins)
    order = np.argsort(-values, kind="stable")
    strengths = [
        Strength(models[at], values[at], values[at] - Z * errors[at], values[at] + Z * errors[at])
        for at in map(int, order)
    ]
    return Group(models, count, strengths, None)


def _unbeaten(models: Sequence[str], beaten: npt.NDArray[np.bool_]) -> str:
    """Some models that no other has beaten even once: the likelihood grows with them for ever."""
    place = min(range(len(models)), key=lambda at: (beaten[:, at].sum(), at))
    top = [models[at] for at in np.flatnonzero(beaten[:, place]).tolist()]
    return f"{', '.join(top)} never lost to another model: strengths have no finite estimate"
