"""exp and log are right to the last bit or two, wherever draws ask for them."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from services.worker.engine.portable import LEAST, Doubles, exponentials, logarithms

LAST_BIT = 2.0**-52
EXPONENTIALS = [
    "0x1.cf46d99d52b3ap-1",
    "0x1.368b2fc6f960ap-1",
    "0x1.152aaa3bf81ccp-3",
    "0x1.7cd79b5647c9ap-15",
]
LOGARITHMS = [
    "-0x1.26bb1bbb55515p+1",
    "-0x1.62e42fefa39efp-1",
    "0x1.62e42fefa39efp-1",
    "0x1.26bb1bbb55516p+1",
]
NEAR_ONE = 1 + np.arange(-200, 200) * LAST_BIT


def errors(of: Callable[[Doubles], Doubles], by: Callable[[float], float], x: Doubles) -> Doubles:
    right = np.array([by(number) for number in x.tolist()])
    relative: Doubles = np.abs(of(x) - right) / np.maximum(np.abs(right), np.finfo(float).tiny)
    return relative


def test_exponentials() -> None:
    x = np.concatenate([np.linspace(LEAST, 700, 50_001), -np.geomspace(1e-300, 1, 999), [0.0]])
    assert errors(exponentials, math.exp, x).max() <= 2 * LAST_BIT


@pytest.mark.parametrize("x", [np.geomspace(1e-300, 1e300, 50_001), NEAR_ONE, np.array([1.0])])
def test_logarithms(x: Doubles) -> None:
    assert errors(logarithms, math.log, x).max() <= 3 * LAST_BIT


def test_what_is_ruled_out_weighs_next_to_nothing() -> None:
    weights = exponentials(np.array([-math.inf, -1e308, LEAST]))
    assert (weights > 0).all()
    assert weights.max() < 1e-303


def test_bits_never_change() -> None:
    """Stories of the past must come out the same."""
    x = np.array([0.1, 0.5, 2.0, 10.0])
    assert [value.hex() for value in exponentials(-x).tolist()] == EXPONENTIALS
    assert [value.hex() for value in logarithms(x).tolist()] == LOGARITHMS
