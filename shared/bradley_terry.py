"""Bradley-Terry strengths from comparisons, with 95 % intervals from the Fisher information.

R. A. Bradley, M. E. Terry (Biometrika 39, 1952); the condition for a maximum is that of
D. R. Hunter (Annals of Statistics 32, 2004). A tie is half a win each.
Knows no story: a game is two models and which of them won.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from shared.opinions import Standing, Strength, Winner

Game = tuple[str, str, Winner]
"""Model A, model B, and whose story was preferred."""
Matrix = npt.NDArray[np.float64]
STEPS = 1_000
ENOUGH = 1e-9
Z = 1.959964


def ranked(games: Iterable[Game]) -> list[Standing]:
    """Rank each group that games link, for itself.

    A model against itself tells nothing and is left out. May take seconds.
    """
    models, wins = win_matrix(games)
    reached = reachable((wins + wins.T) > 0)
    standings = list[Standing]()
    for group in sorted({tuple(np.flatnonzero(row).tolist()) for row in reached}):
        names = [models[place] for place in group]
        standings.append(_standing(names, wins[np.ix_(group, group)]))
    return standings


def win_matrix(games: Iterable[Game]) -> tuple[list[str], Matrix]:
    """Names, and how often the row's model was preferred to the column's."""
    real = [(a, b, winner) for a, b, winner in games if a != b]
    models = sorted({name for a, b, _ in real for name in (a, b)})
    place = {name: at for at, name in enumerate(models)}
    wins = np.zeros((len(models), len(models)))
    for a, b, winner in real:
        won = {Winner.A: 1.0, Winner.B: 0.0, Winner.TIE: 0.5}[winner]
        wins[place[a], place[b]] += won
        wins[place[b], place[a]] += 1 - won
    return models, wins


def fit(wins: Matrix) -> tuple[Matrix, Matrix]:
    """Log strengths with mean 0 and their standard errors, both [models].

    There is a maximum only if, however the models are split in two, each side beat the other.
    """
    played = wins + wins.T
    won = wins.sum(axis=1)
    strengths = np.zeros(len(wins))
    for _ in range(STEPS):
        chance = (1 + np.tanh((strengths[:, None] - strengths) / 2)) / 2
        weights = played * chance * (1 - chance)
        # The mean is fixed at 0: the pseudo-inverse is the covariance under that constraint.
        covariance = np.linalg.pinv(np.diag(weights.sum(axis=1)) - weights)
        step = covariance @ (won - (played * chance).sum(axis=1))
        apart = np.abs(step[:, None] - step)[played > 0].max()
        if apart < ENOUGH:
            break
        # So far that the likelihood grows for sure: T. Sun, Q. Tran-Dinh (Mathematical
        # Programming 178, 2019), for what a step moves two apart that met.
        strengths += np.log1p(apart) / apart * step
    return strengths, np.sqrt(np.diag(covariance))


def reachable(links: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """From which place a path of links, or none, leads to which."""
    paths = links | np.eye(len(links), dtype=bool)
    for via in range(len(paths)):
        paths |= paths[:, [via]] & paths[[via], :]
    return paths


def _standing(models: list[str], wins: Matrix) -> Standing:
    count = round(wins.sum())
    beaten = reachable(wins > 0)
    if not beaten.all():
        problem = _unbeaten(models, beaten)
        return Standing(models=models, comparisons=count, strengths=[], problem=problem)
    values, errors = fit(wins)
    strengths = [
        Strength(model=model, value=value, low=value - Z * error, high=value + Z * error)
        for model, value, error in zip(models, values.tolist(), errors.tolist(), strict=True)
    ]
    strengths.sort(key=lambda one: -one.value)
    return Standing(models=models, comparisons=count, strengths=strengths)


def _unbeaten(models: Sequence[str], beaten: npt.NDArray[np.bool_]) -> str:
    """Some models that no other has beaten even once: the likelihood grows with them for ever."""
    place = min(range(len(models)), key=lambda at: (beaten[:, at].sum(), at))
    top = [models[at] for at in np.flatnonzero(beaten[:, place]).tolist()]
    return f"{', '.join(top)} never lost to another model: strengths have no finite estimate"
