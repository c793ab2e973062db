"""What GPUs run, on the CPU, by the same code: all but the graph and the speed.

That its logits are Hugging Face's, and a row's bits its own, is in `test_models.py`.
"""

from pathlib import Path

import pytest
import torch

from services.worker.engine import Engine, kernels
from services.worker.engine.checkpoint import load_checkpoint
from services.worker.engine.device_model import ROWS, DeviceModel, DeviceRunner
from services.worker.engine.dtypes import Dtype
from services.worker.engine.kernels import find_gpu, make_model
from services.worker.engine.linear import FixedLinear
from services.worker.engine.runner import Chunk
from services.worker.engine.selftest import self_test
from shared.errors import ModelLoadError
from tests.unit.worker.engine.runs import collect, request, write
from tests.unit.worker.tiny_model import CONTEXT, VOCAB_SIZE

CPU = torch.device("cpu")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU for CUDA here")
DTYPES = [torch.float32, torch.bfloat16]


@pytest.fixture(scope="module", params=DTYPES, ids=["fp32", "bf16"])
def model(request: pytest.FixtureRequest, tiny_model: Path) -> DeviceModel:
    return DeviceModel(load_checkpoint(str(tiny_model)), request.param, CPU)


@pytest.fixture
def on_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the CPU were a GPU that multiplies bf16."""
    monkeypatch.setattr(kernels, "find_gpu", lambda: CPU)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)


def ids(count: int, seed: int = 0) -> list[int]:
    generator = torch.Generator().manual_seed(seed)
    tokens: list[int] = torch.randint(VOCAB_SIZE, (count,), generator=generator).tolist()
    return tokens


def runner(model: DeviceModel, slots: int = 4) -> DeviceRunner:
    return model.runner(slots=slots, context=CONTEXT)


def decoded(model: DeviceModel, tokens: list[int]) -> torch.Tensor:
    """The logits behind all of them, each in a pass of its own."""
    alone = runner(model, slots=1)
    for position, token in enumerate(tokens):
        logits = alone.forward([Chunk(0, position, [token], True)])
    return logits[0]


def same_states(one: DeviceRunner, other: DeviceRunner, slot: int) -> bool:
    pairs = zip(one.states(), other.states(), strict=True)
    return all(torch.equal(a[slot], b[slot]) for a, b in pairs)


def test_the_self_test_finds_it_exact(model: DeviceModel) -> None:
    assert self_test(model).exact


def test_the_self_test_finds_a_leak(model: DeviceModel, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = FixedLinear.__call__

    def leaky(self: FixedLinear, rows: torch.Tensor) -> torch.Tensor:
        return honest(self, rows) + rows.float().sum().to(rows.dtype) / 64

    monkeypatch.setattr(FixedLinear, "__call__", leaky)
    assert not self_test(model).exact


@pytest.mark.parametrize("cut", [1, 2, 31, ROWS - 1, ROWS, ROWS + 1, 99])
def test_keys_and_values_are_the_same_however_a_prompt_is_cut(model: DeviceModel, cut: int) -> None:
    tokens = ids(100)
    whole, parts = runner(model), runner(model)
    expected = whole.forward([Chunk(2, 0, tokens, True)])
    parts.forward([Chunk(2, 0, tokens[:cut], False)])
    assert torch.equal(parts.forward([Chunk(2, cut, tokens[cut:], True)]), expected)
    assert same_states(whole, parts, slot=2)


def test_more_rows_than_a_pass_has_come_back_in_their_order(model: DeviceModel) -> None:
    """Chunks that end in the first pass, on its edge, in the next one, and draw or do not."""
    lengths = [3, ROWS - 3, ROWS + 5, 1]
    wants = [True, True, False, True]
    prompts = [ids(length, seed=length) for length in lengths]
    chunks = [
        Chunk(slot, 0, prompt, want)
        for slot, (prompt, want) in enumerate(zip(prompts, wants, strict=True))
    ]
    logits = runner(model).forward(chunks)
    wanted = [prompt for prompt, want in zip(prompts, wants, strict=True) if want]
    assert torch.equal(logits, torch.stack([decoded(model, prompt) for prompt in wanted]))


def test_workers_with_more_slots_compute_the_same(model: DeviceModel) -> None:
    """They have the same numeric kind, and go on with each other's stories."""
    chunk = [Chunk(0, 0, ids(9), True)]
    few, many = runner(model, slots=1), runner(model, slots=3 * ROWS)
    assert torch.equal(few.forward(chunk), many.forward(chunk))


def test_the_self_test_runs_the_shapes_that_stories_do(model: DeviceModel) -> None:
    """Though it asks for room for fewer tokens."""
    small = model.runner(slots=2, context=8)
    assert [state.shape for state in small.states()] == [
        state.shape for state in runner(model, slots=2).states()
    ]


def test_a_copied_beginning_is_as_good_as_a_computed_one(model: DeviceModel) -> None:
    tokens = ids(30)
    whole, copied = runner(model), runner(model)
    expected = whole.forward([Chunk(1, 0, tokens, True)])
    copied.forward([Chunk(0, 0, [*tokens[:20], *ids(15, seed=1)], False)])
    copied.copy(0, 1, 20)
    assert torch.equal(copied.forward([Chunk(1, 20, tokens[20:], True)]), expected)
    assert same_states(whole, copied, slot=1), "or more was copied than what is alike"


def test_what_a_slot_held_before_does_not_matter(model: DeviceModel) -> None:
    used = runner(model)
    used.forward([Chunk(0, 0, ids(CONTEXT, seed=3), True)])
    logits = used.forward([Chunk(0, 0, ids(10), True)])
    assert torch.equal(logits[0], decoded(model, ids(10)))


def test_what_a_failed_story_left_in_a_slot_does_not_matter(model: DeviceModel) -> None:
    """Numbers that are none, beyond what the next one has; it may begin with a part of another."""
    spoilt, expected = runner(model), decoded(model, ids(10))
    spoilt.forward([Chunk(1, 0, ids(10), False)])
    for slot in (0, 2):
        for state in spoilt.states():
            state[slot] = torch.nan
    assert torch.equal(spoilt.forward([Chunk(0, 0, ids(10), True)])[0], expected)
    spoilt.copy(1, 2, 4)
    assert torch.equal(spoilt.forward([Chunk(2, 4, ids(10)[4:], True)])[0], expected)


def test_rows_that_are_nobodys_touch_no_slot(model: DeviceModel) -> None:
    fresh = runner(model)
    fresh.forward([Chunk(1, 0, [5], True)])
    touched = [[bool(slot.any()) for slot in state] for state in fresh.states()]
    assert all(each == [False, True, False, False] for each in touched)


def test_a_pass_can_be_recorded(tiny_model: Path) -> None:
    """Nothing in it waits for a number or comes from the CPU: on `meta` there are no numbers, and
    what mixes devices fails."""
    model = DeviceModel(load_checkpoint(str(tiny_model)), torch.float32, torch.device("meta"))
    assert runner(model).run().shape == (ROWS, VOCAB_SIZE)


@pytest.mark.parametrize(
    ("dtype", "has_bf16", "arithmetic"),
    [
        ("auto", True, "fixed-bf16"),
        ("auto", False, "fixed-fp32"),
        ("bfloat16", True, "fixed-bf16"),
        ("float32", True, "fixed-fp32"),
    ],
)
@pytest.mark.usefixtures("on_device")
def test_a_gpu_is_used_where_there_is_one(
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    dtype: Dtype,
    has_bf16: bool,
    arithmetic: str,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has_bf16)
    model = make_model(load_checkpoint(str(tiny_model)), dtype)
    assert isinstance(model, DeviceModel)
    assert model.arithmetic == arithmetic


@pytest.mark.parametrize("dtype", ["float16", "int8"])
@pytest.mark.usefixtures("on_device")
def test_what_only_cpus_compute_is_refused_rather_than_leave_the_gpu_idle(
    tiny_model: Path, dtype: Dtype
) -> None:
    with pytest.raises(ModelLoadError, match=rf"{dtype} .* CUDA_VISIBLE_DEVICES"):
        make_model(load_checkpoint(str(tiny_model)), dtype)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_gpu_is_one_that_torch_sees(monkeypatch: pytest.MonkeyPatch, is_there: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: is_there)
    assert find_gpu() == (torch.device("cuda") if is_there else None)


@pytest.mark.usefixtures("on_device")
def test_an_engine_writes_more_stories_than_a_pass_has_rows(tiny_model: Path) -> None:
    engine = Engine.load(str(tiny_model), max_batch=ROWS + 6, threads=1)
    assert "-fixed-bf16-" in engine.numeric_kind
    assert "inexact" not in engine.numeric_kind
    requests = [request(str(seed), seed=seed, token_budget=6) for seed in range(ROWS + 6)]
    alone = {each.id: write(engine, each) for each in (*requests[:2], *requests[-2:])}
    for each in requests:
        engine.add_request(each)
    stories = collect(engine)
    assert {id: stories[id] for id in alone} == alone


@pytest.mark.usefixtures("on_device")
@pytest.mark.parametrize("split", [1, 17, 39])
def test_a_story_goes_on_byte_for_byte_on_another_worker(tiny_model: Path, split: int) -> None:
    first, second = (Engine.load(str(tiny_model), max_batch=slots, threads=1) for slots in (2, 5))
    assert first.numeric_kind == second.numeric_kind
    whole = write(first, request(seed=3))
    assert len(whole.tokens) > split
    rest = write(second, request(seed=3, generated=whole.tokens[:split]))
    assert (rest.tokens, rest.texts) == (whole.tokens[split:], whole.texts[split:])


@needs_gpu
@pytest.mark.parametrize("dtype", DTYPES, ids=["fp32", "bf16"])
def test_a_graph_gives_the_bits_of_the_calls_it_was_recorded_from(
    tiny_model: Path, dtype: torch.dtype
) -> None:
    model = DeviceModel(load_checkpoint(str(tiny_model)), dtype, torch.device("cuda"))
    assert self_test(model).exact
    replayed, called = runner(model), runner(model)
    called._pass = called.run
    for position, token in enumerate(ids(20)):
        chunks = [Chunk(1, position, [token], True), Chunk(3, 2 * position, ids(2), True)]
        assert torch.equal(replayed.forward(chunks), called.forward(chunks))
    assert same_states(replayed, called, slot=1)


@needs_gpu
def test_a_gpu_computes_what_hugging_face_does(tiny_model: Path) -> None:
    from transformers import GPT2LMHeadModel

    tokens = ids(CONTEXT)
    expected = GPT2LMHeadModel.from_pretrained(tiny_model)(torch.tensor([tokens])).logits[0, -1]
    checkpoint = load_checkpoint(str(tiny_model))
    logits = decoded(DeviceModel(checkpoint, torch.float32, torch.device("cuda")), tokens)
    torch.testing.assert_close(logits, expected, atol=1e-4, rtol=1e-4)
