"""The self-test notices arithmetic that lets rows feel each other, and the kind says so."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from services.worker.engine import kernels
from services.worker.engine.attention import TorchAttention
from services.worker.engine.checkpoint import load_checkpoint
from services.worker.engine.dtypes import Dtype, choose_dtype
from services.worker.engine.kernels import make_model
from services.worker.engine.linear import Linear, PlainLinear
from services.worker.engine.numerics import numeric_kind
from services.worker.engine.runner import Model
from services.worker.engine.selftest import SelfTest, self_test
from services.worker.engine.torch_model import TorchModel
from shared.errors import ModelLoadError
from tests.unit.worker.engine.conftest import needs_amx, needs_fp16, needs_pairs


class LeakyLinear(PlainLinear):
    """Exact but for one part in a million that depends on the number of rows."""

    def __call__(self, rows: Tensor) -> Tensor:
        return super().__call__(rows) * (1 + 1e-6 * len(rows))


class LeakyWhereManyRows(PlainLinear):
    """As a kernel of its own for more rows than a prefill of the usual budget has."""

    def __call__(self, rows: Tensor) -> Tensor:
        return super().__call__(rows) * (1 + 1e-6 * (len(rows) > 64))


def of_torch(model: Path, dtype: torch.dtype, linear: type[Linear]) -> Model:
    return TorchModel(load_checkpoint(str(model)), dtype, linear, TorchAttention)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_this_machine_is_exact(tiny_model: Path, dtype: Dtype) -> None:
    assert self_test(make_model(load_checkpoint(str(tiny_model)), dtype)).exact
    assert self_test(of_torch(tiny_model, choose_dtype(dtype), PlainLinear)).exact


@pytest.mark.parametrize(
    ("dtype", "named"),
    [("int8", "panels-int8-fp32"), pytest.param("float16", "panels-fp16-fp32", marks=needs_fp16)],
)
def test_what_is_asked_for_is_exact_and_says_its_name(
    tiny_model: Path, dtype: Dtype, named: str
) -> None:
    model = make_model(load_checkpoint(str(tiny_model)), dtype)
    assert self_test(model).exact
    assert model.arithmetic == named


@pytest.mark.parametrize(
    ("dtype", "lacking"), [("int8", "CAN_FUSE"), ("float16", "CAN_FUSE"), ("float16", "CAN_FP16")]
)
def test_what_nothing_here_computes_is_refused(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, dtype: Dtype, lacking: str
) -> None:
    monkeypatch.setattr(kernels, lacking, False)
    with pytest.raises(ModelLoadError, match=dtype):
        make_model(load_checkpoint(str(tiny_model)), dtype)


@pytest.mark.parametrize("leaky", [LeakyLinear, LeakyWhereManyRows])
def test_a_leak_between_rows_is_found(tiny_model: Path, leaky: type[Linear]) -> None:
    assert not self_test(of_torch(tiny_model, torch.float32, leaky)).exact


def test_the_fingerprint_tells_arithmetics_apart(tiny_model: Path) -> None:
    kinds = (torch.float32, torch.bfloat16)
    prints = [self_test(of_torch(tiny_model, kind, PlainLinear)).fingerprint for kind in kinds]
    again = self_test(of_torch(tiny_model, kinds[0], PlainLinear)).fingerprint
    assert prints[0] == again != prints[1]


def test_the_kind_names_what_decides_the_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    version = torch.__version__.partition("+")[0]
    kind = f"cpu-avx512_bf16-onednn-bf16-torch{version}-0badcafe"
    cpu = torch.device("cpu")
    assert numeric_kind("onednn-bf16", SelfTest(True, "0badcafe"), device=cpu) == kind
    inexact = numeric_kind("onednn-bf16", SelfTest(False, "0badcafe"), device=cpu)
    assert inexact == f"{kind}-inexact"


def test_the_kind_of_a_gpu_names_it_and_not_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H100 80GB HBM3")
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    version = torch.__version__.partition("+")[0]
    kind = numeric_kind("fixed-bf16", SelfTest(True, "0badcafe"), device=torch.device("cuda"))
    assert kind == f"cuda12.8-nvidia_h100_80gb_hbm3-fixed-bf16-torch{version}-0badcafe"


@pytest.mark.parametrize(
    ("capability", "dtype"),
    [("avx512_bf16", torch.bfloat16), ("amx_bf16", torch.bfloat16), ("avx2", torch.float32)],
)
def test_auto_means_bf16_only_where_the_cpu_has_it(
    monkeypatch: pytest.MonkeyPatch, capability: str, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {capability: True})
    assert choose_dtype("auto") == dtype
    assert choose_dtype("float32") == torch.float32


def arithmetic(model: Path, dtype: Dtype) -> str:
    return make_model(load_checkpoint(str(model)), dtype).arithmetic


def test_bf16_means_its_weights_where_the_cpu_cannot_multiply_it(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "CAN_AMX", False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True})
    assert arithmetic(tiny_model, "bfloat16") == "panels-bf16-fp32"


@pytest.mark.parametrize(
    ("dtype", "instructions", "pay", "fp16", "chosen"),
    [
        pytest.param("auto", "avx512_bf16", True, True, "panels-bf16-pairs", marks=needs_pairs),
        pytest.param("auto", "avx512_bf16", False, True, "panels-fp16", marks=needs_fp16),
        pytest.param("auto", "avx2", False, True, "panels-fp16", marks=needs_fp16),
        ("auto", "avx512_bf16", False, False, "panels-bf16"),
        ("auto", "avx2", False, False, "panels"),
        ("bfloat16", "avx512_bf16", False, True, "panels-bf16"),
        ("float32", "avx512_bf16", True, True, "panels"),
        pytest.param("float16", "amx_bf16", False, True, "panels-fp16", marks=needs_fp16),
    ],
)
def test_numbers_are_those_that_the_cpu_multiplies_fast(
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    dtype: Dtype,
    instructions: str,
    pay: bool,
    fp16: bool,
    chosen: str,
) -> None:
    for name in ("CAN_AMX", "BYTES_PAY"):
        monkeypatch.setattr(kernels, name, False)
    monkeypatch.setattr(kernels, "PAIRS_PAY", pay)
    monkeypatch.setattr(kernels, "CAN_FP16", fp16)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {instructions: True})
    assert arithmetic(tiny_model, dtype) == f"{chosen}-fp32"


def test_amx_multiplies_whole_matrices_of_bf16(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "CAN_AMX", True)
    monkeypatch.setattr(kernels, "BYTES_PAY", False)
    assert arithmetic(tiny_model, "auto") == "panels-bf16-amx-fp32"
    assert arithmetic(tiny_model, "bfloat16") == "panels-bf16-amx-fp32"


@needs_amx
def test_bytes_have_the_same_bits_by_amx_as_without(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prints = []
    for has_amx in (True, False):
        monkeypatch.setattr(kernels, "CAN_AMX", has_amx)
        prints.append(self_test(make_model(load_checkpoint(str(tiny_model)), "int8")).fingerprint)
    assert prints[0] == prints[1]


def test_weights_beyond_fp16_are_kept_in_bf16(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CAN_AMX", "BYTES_PAY"):
        monkeypatch.setattr(kernels, name, False)
    monkeypatch.setattr(kernels, "CAN_FP16", True)
    monkeypatch.setattr(kernels, "PAIRS_PAY", False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True})
    checkpoint = load_checkpoint(str(tiny_model))
    name = next(name for name in checkpoint.tensors if name.endswith("mlp.c_fc.weight"))
    checkpoint.tensors[name] = torch.full_like(checkpoint.tensors[name], 65_520.0)
    assert make_model(checkpoint, "auto").arithmetic == "panels-bf16-fp32"
    with pytest.raises(ModelLoadError, match="bfloat16"):
        make_model(checkpoint, "float16")
