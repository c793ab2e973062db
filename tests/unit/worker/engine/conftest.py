"""Engines and weights over the tiny model. Tests drain an engine, so a module can share it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from services.worker.engine import Engine, kernels
from services.worker.engine.amx import CAN_AMX
from services.worker.engine.dtypes import Dtype
from services.worker.engine.processor import CAN_FP16, CAN_PAIR

needs_fp16 = pytest.mark.skipif(not CAN_FP16, reason="no products of fp16 on this processor")
needs_amx = pytest.mark.skipif(not CAN_AMX, reason="no AMX on this processor, or not for us")
needs_pairs = pytest.mark.skipif(not CAN_PAIR, reason="no products of bf16 on this processor")
DTYPES: list[Dtype] = ["float32", "bfloat16", "int8"]
if CAN_FP16:
    DTYPES.append("float16")


@pytest.fixture(scope="session", autouse=True)
def _no_gpu() -> Iterator[None]:
    """What CPUs compute is tested on machines with a GPU, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "find_gpu", lambda: None)
        yield


@pytest.fixture(scope="module", params=DTYPES)
def engine(request: pytest.FixtureRequest, tiny_model: Path) -> Engine:
    return Engine.load(str(tiny_model), dtype=request.param, max_batch=16, threads=1)


@pytest.fixture(scope="module")
def fast_engine(tiny_model: Path) -> Engine:
    """For tests that do not depend on the arithmetic."""
    return Engine.load(str(tiny_model), dtype="float32", max_batch=4, threads=1)


@pytest.fixture(autouse=True)
def _drained(request: pytest.FixtureRequest) -> None:
    """A test that leaves work behind would change the next one."""
    for name in ("engine", "fast_engine"):
        if name in request.fixturenames:
            assert not request.getfixturevalue(name).has_work


@pytest.fixture(autouse=True)
def _no_gradients() -> object:
    with torch.inference_mode():
        yield
