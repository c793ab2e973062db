"""The forward pass: the same logits as Hugging Face's, and the same bits for a row in any batch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import DTypeLike, NDArray
from transformers import GPT2LMHeadModel

from services.worker.engine.amx import CAN_AMX
from services.worker.engine.attention import TorchAttention
from services.worker.engine.checkpoint import Checkpoint, load_checkpoint
from services.worker.engine.device_model import DeviceModel
from services.worker.engine.dtypes import Dtype
from services.worker.engine.kernels import choose_attention, choose_linear, make_model
from services.worker.engine.linear import Linear, PackedLinear, PlainLinear
from services.worker.engine.memory import Arena
from services.worker.engine.panel_model import PanelModel
from services.worker.engine.panels import PAIRS, PAIRS_BY_AMX, ROUNDED
from services.worker.engine.processor import CAN_FP16, CAN_PAIR
from services.worker.engine.runner import Chunk, Model, Runner
from services.worker.engine.torch_model import TorchModel
from tests.unit.worker.tiny_model import CONTEXT, VOCAB_SIZE, build_tiny_model

Make = Callable[[Checkpoint], Model]


def chosen(dtype: Dtype) -> Make:
    return lambda checkpoint: make_model(checkpoint, dtype)


def of_torch(dtype: torch.dtype, linear: type[Linear]) -> Make:
    return lambda checkpoint: TorchModel(checkpoint, dtype, linear, choose_attention(dtype))


def on_cpu(dtype: torch.dtype) -> Make:
    """What GPUs run, on the device that is everywhere."""
    return lambda checkpoint: DeviceModel(checkpoint, dtype, torch.device("cpu"))


PLAIN = of_torch(torch.float32, PlainLinear)
KINDS: dict[str, Make] = {
    "float32": chosen("float32"),
    "int8": chosen("int8"),
    "bfloat16": lambda checkpoint: PanelModel(checkpoint, ROUNDED),
    **({"float16": chosen("float16")} if CAN_FP16 else {}),
    **({"pairs": lambda checkpoint: PanelModel(checkpoint, PAIRS)} if CAN_PAIR else {}),
    **({"amx": lambda checkpoint: PanelModel(checkpoint, PAIRS_BY_AMX)} if CAN_AMX else {}),
    "packed-float32": of_torch(torch.float32, PackedLinear),
    "plain-float32": PLAIN,
    "torch-bfloat16": of_torch(torch.bfloat16, choose_linear(torch.bfloat16)),
    "plain-bfloat16": of_torch(torch.bfloat16, PlainLinear),
    "torch-alone": lambda checkpoint: TorchModel(
        checkpoint, torch.float32, PlainLinear, TorchAttention
    ),
    "device-float32": on_cpu(torch.float32),
    "device-bfloat16": on_cpu(torch.bfloat16),
}
ROUGH = {
    kind: share
    for kind, share in {
        "bfloat16": 0.03,
        "pairs": 0.03,
        "amx": 0.03,
        "float16": 0.03,
        "torch-bfloat16": 0.03,
        "device-bfloat16": 0.03,
        "int8": 0.05,
    }.items()
    if kind in KINDS
}
"""How much their logits may stray, of the logits' own spread."""
PANELS = [
    kind for kind in ("float32", "bfloat16", "pairs", "amx", "float16", "int8") if kind in KINDS
]
FP32 = ["float32", "packed-float32", "plain-float32", "torch-alone", "device-float32"]


@pytest.fixture(scope="module")
def wide_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As wide as GPT-2: kernels are chosen by width."""
    return build_tiny_model(
        tmp_path_factory.mktemp("models") / "wide", width=768, heads=12, layers=1, spread=0.05
    )


@pytest.fixture(scope="module", params=["tiny", "wide"])
def model(request: pytest.FixtureRequest, tiny_model: Path, wide_model: Path) -> Path:
    return tiny_model if request.param == "tiny" else wide_model


@pytest.fixture(scope="module", params=KINDS)
def loaded(request: pytest.FixtureRequest, model: Path) -> Model:
    return load(model, KINDS[request.param])


def load(model: Path, make: Make) -> Model:
    return make(load_checkpoint(str(model)))


def runner(loaded: Model, slots: int = 16) -> Runner:
    return loaded.runner(slots=slots, context=CONTEXT)


def ids(count: int, seed: int = 0) -> list[int]:
    generator = torch.Generator().manual_seed(seed)
    tokens: list[int] = torch.randint(VOCAB_SIZE, (count,), generator=generator).tolist()
    return tokens


def every_logit(loaded: Model, tokens: list[int]) -> torch.Tensor:
    """Logits at every position, by decoding."""
    forward = runner(loaded, slots=1).forward
    chunks = [Chunk(0, at, [token], True) for at, token in enumerate(tokens)]
    return torch.cat([forward([chunk]).clone() for chunk in chunks])


@pytest.mark.parametrize("kind", FP32)
def test_logits_equal_hugging_faces_at_every_position(model: Path, kind: str) -> None:
    tokens = ids(CONTEXT)
    expected = GPT2LMHeadModel.from_pretrained(model)(torch.tensor([tokens])).logits[0]
    assert expected.std() > 0.5, "flat logits would prove nothing"
    ours = every_logit(load(model, KINDS[kind]), tokens)
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("kind", PANELS)
def test_widths_that_fill_no_whole_panels(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = build_tiny_model(tmp_path / "odd", width=66, heads=3)
    tokens = ids(CONTEXT)
    expected = GPT2LMHeadModel.from_pretrained(odd)(torch.tensor([tokens])).logits[0]
    ours = every_logit(load(odd, KINDS[kind]), tokens)
    assert (ours - expected).std() < 0.03 * expected.std()
    loaded = load(odd, KINDS[kind])
    if not isinstance(loaded, PanelModel):
        pytest.skip("torch's kernels are not exact at such widths, and the self-test says so")
    let_memory_hold_no_numbers(monkeypatch)
    prefilled = runner(loaded, slots=1).forward([Chunk(0, 0, tokens, True)])
    assert torch.equal(prefilled[0], ours[-1])


@pytest.mark.parametrize("kind", ROUGH)
def test_rough_logits_are_close(model: Path, kind: str) -> None:
    tokens = ids(40)
    exact = every_logit(load(model, PLAIN), tokens)
    rough = every_logit(load(model, KINDS[kind]), tokens)
    assert (rough - exact).std() < ROUGH[kind] * exact.std()


@pytest.mark.parametrize("kind", ROUGH)
def test_a_rough_head_keeps_differences_when_all_logits_are_far_from_zero(
    tiny_model: Path, kind: str
) -> None:
    """A part that all output vectors share moves every logit and must not blur any."""
    checkpoint = load_checkpoint(str(tiny_model))
    checkpoint.tensors["wte.weight"] += 30 * checkpoint.tensors["ln_f.bias"]
    tokens = ids(40)
    exact = every_logit(PLAIN(checkpoint), tokens)
    rough = every_logit(KINDS[kind](checkpoint), tokens)
    assert (exact.mean(1).abs() > 10 * exact.std(1)).all()
    blur = (rough - rough.mean(1, keepdim=True)) - (exact - exact.mean(1, keepdim=True))
    assert blur.std() < ROUGH[kind] * exact.std(1).mean()


def test_a_prefill_gives_the_bits_of_as_many_decode_steps(loaded: Model) -> None:
    tokens = ids(100)
    decoded = every_logit(loaded, tokens)
    for length in (1, 2, 3, 4, 5, 17, 63, 64, 65, 100):
        prefilled = runner(loaded, slots=1).forward([Chunk(0, 0, tokens[:length], True)])
        assert torch.equal(prefilled[0], decoded[length - 1])


@pytest.mark.parametrize("cut", [1, 30, 99])
def test_where_a_prefill_is_cut_does_not_matter(loaded: Model, cut: int) -> None:
    tokens = ids(100)
    whole = runner(loaded).forward([Chunk(0, 0, tokens, True)])
    parts = runner(loaded)
    parts.forward([Chunk(0, 0, tokens[:cut], False)])
    assert torch.equal(parts.forward([Chunk(0, cut, tokens[cut:], True)]), whole)


@pytest.mark.parametrize("neighbours", [1, 2, 7, 15])
def test_a_row_has_the_same_bits_in_every_batch(loaded: Model, neighbours: int) -> None:
    """Up to a full prefill budget beside a full batch: 15 * 34 rows and ours."""
    tokens = ids(20)
    alone = runner(loaded).forward([Chunk(3, 0, tokens, True)])[0]
    others = [
        Chunk(slot + (slot >= 3), 0, ids(34, seed=slot + 1), True) for slot in range(neighbours)
    ]
    for place in (0, len(others)):
        chunks = [*others[:place], Chunk(3, 0, tokens, True), *others[place:]]
        assert torch.equal(runner(loaded).forward(chunks)[place], alone)


def test_what_lay_in_memory_before_a_step_is_not_read(
    loaded: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = [Chunk(0, 0, ids(21), True), Chunk(1, 0, ids(3), True)]
    expected = runner(loaded).forward(chunks).clone()

    let_memory_hold_no_numbers(monkeypatch)
    assert torch.equal(runner(loaded).forward(chunks), expected)


def let_memory_hold_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an arena gives that is not said to be zero."""
    empty = Arena.empty

    def made(arena: Arena, shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
        room = empty(arena, shape, kind)
        room.reshape(-1).view(np.uint8).fill(0xFF)
        return room

    monkeypatch.setattr(Arena, "empty", made)


def test_chunks_that_draw_nothing_have_no_logits(loaded: Model) -> None:
    logits = runner(loaded).forward([Chunk(0, 0, [5, 6], False), Chunk(1, 0, [7], False)])
    assert logits.shape == (0, VOCAB_SIZE)
