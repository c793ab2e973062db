"""Rows: every example once, hardly any padding, prompts never learned, no example sees another."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st
from transformers import GPT2Config, GPT2LMHeadModel

from training.encode import Encoded, encode
from training.examples import Example
from training.packing import IGNORED, PackedRows, pack
from training.tokenizer import sample_prompts, train_tokenizer


@given(st.lists(st.integers(1, 90)), st.integers(40, 80))
def test_every_example_lies_in_one_row_that_has_room_for_it(
    lengths: list[int], capacity: int
) -> None:
    rows = pack(lengths, capacity)

    assert sorted(index for row in rows for index in row) == list(range(len(lengths)))
    for row in rows:
        assert sum(min(lengths[index], capacity) for index in row) <= capacity


def test_rows_are_nearly_full() -> None:
    lengths = np.random.default_rng(3).integers(60, 300, 1000).tolist()

    rows = pack(lengths, 512)

    assert sum(lengths) / (512 * len(rows)) > 0.97


@pytest.fixture(scope="module")
def examples() -> Encoded:
    tokenizer = train_tokenizer(sample_prompts(), 400)
    return Encoded(
        encode(
            [
                Example("Instruction: one.\n", "A fox met a crow.", ends=True),
                Example("Instruction: two.\n", "The crow sang", ends=False),
                Example("Instruction: three.\n", "Nobody listened to it at all.", ends=True),
            ],
            tokenizer,
        )
    )


def test_stories_are_learned_and_prompts_and_padding_are_not(examples: Encoded) -> None:
    row = PackedRows({"tales": examples}, {"tales": 1}, context=128, seed=0)[0]

    learned = row["labels"] != IGNORED
    assert (row["labels"][learned] == row["input_ids"][learned]).all()
    stories = sum(len(examples.tokens(index)) - examples.prompt(index) for index in range(3))
    assert int(learned.sum()) == stories


def test_an_example_in_a_packed_row_is_read_as_if_it_were_alone(examples: Encoded) -> None:
    torch.manual_seed(0)
    model = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=400,
            n_positions=128,
            n_embd=16,
            n_layer=2,
            n_head=2,
            use_cache=False,
            bos_token_id=0,
            eos_token_id=0,
        )
    )
    model.train(False)
    row = PackedRows({"tales": examples}, {"tales": 1}, context=128, seed=0)[0]
    packed = model(input_ids=row["input_ids"][None], position_ids=row["position_ids"][None])
    starts = (row["position_ids"] == 0).nonzero()[:, 0].tolist()

    assert len(starts) == 4  # three examples, and the padding for itself
    for start, end in pairwise(starts):
        alone = model(input_ids=row["input_ids"][None, start:end])
        torch.testing.assert_close(packed.logits[:, start:end], alone.logits)


def test_passes_say_how_often_a_data_set_is_read(examples: Encoded) -> None:
    def read(passes: float) -> int:
        rows = PackedRows({"tales": examples}, {"tales": passes}, context=128, seed=0)
        return sum(len(row) for row in rows.rows)

    assert [read(passes) for passes in (0.67, 1, 2, 2.34)] == [2, 3, 6, 7]


def test_an_example_longer_than_the_row_is_cut_off_at_its_end(examples: Encoded) -> None:
    rows = PackedRows({"tales": examples}, {"tales": 1}, context=12, seed=0)

    assert len(rows) == 3
    beginnings = {tuple(examples.tokens(index)[:12].tolist()) for index in range(3)}
    assert {tuple(rows[index]["input_ids"].tolist()) for index in range(3)} == beginnings


def test_the_first_rows_are_a_fair_sample() -> None:
    lengths = np.random.default_rng(5).integers(20, 100, 400)
    columns = {
        "input_ids": [np.full(length, number) for number, length in enumerate(lengths)],
        "prompt_length": [0] * len(lengths),
    }
    tales = {"tales": Encoded(Dataset.from_dict(columns))}

    def order(seed: int) -> list[list[int]]:
        rows = PackedRows(tales, {"tales": 1}, context=128, seed=seed).rows
        return [[int(piece.tokens[0]) for piece in row] for row in rows]

    rows = order(0)
    longest = [max(lengths[row]) for row in rows]
    assert sorted(number for row in rows for number in row) == list(range(400))
    assert abs(np.mean(longest[:48]) - np.mean(longest)) < 5
    assert order(0) == rows
    assert order(1) != rows
