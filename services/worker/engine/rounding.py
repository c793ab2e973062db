"""What rounding costs a model, measured as it is loaded.

`auto` takes whole numbers of a byte only where they cost little. How much they do depends on the
model: some have a few activations that are far greater than all others.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from services.worker.engine.attention import TorchAttention
from services.worker.engine.checkpoint import Checkpoint
from services.worker.engine.runner import Chunk, Model
from services.worker.engine.tokenizer import load_tokenizer
from services.worker.engine.torch_model import TorchModel

MOST_NATS = 0.01
"""Of a token, that rounding may cost on average: a hundredth of its perplexity."""
PASSAGE = """
There was once a miller who had three daughters and no bread. The eldest could spin, the second
could sing, and the youngest could do nothing at all but listen, which she did from morning until
night. "What is the use of ears," said the miller, "where there is nothing to eat?" So the girl put
on her grey cloak and went out into the snow, and she had not gone a mile when she heard somebody
weeping under the bridge. It was an old fox with a thorn in his paw. "Pull it out," he begged, "and
I will tell you what the river says when it is frozen." She pulled it out, and the fox laid his
mouth to her ear. Then she laughed, for now she knew where the king had lost his crown, and why the
queen never slept. When spring came she walked to the castle in her wooden shoes. The guards crossed
their spears, but the youngest daughter only stood still and listened to the stones of the wall.
"""
_WINDOWS, _LENGTH = 16, 20
"""Pieces of the passage, each so many tokens long: what follows is foretold of each."""


class _AsItLies:
    """A linear layer that copies nothing. Its rows' bits may depend on how many there are."""

    row_multiple = 1
    library = "plain"

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self._weight, self._bias = weight, bias

    def __call__(self, rows: Tensor) -> Tensor:
        return F.linear(rows, self._weight, self._bias)


def nats_lost(model: Model, checkpoint: Checkpoint) -> float:
    """Of a token, on average: the Kullback-Leibler divergence of what the checkpoint in this
    arithmetic foretells, in the passage, from what it does in fp32. NaN if it foretells nothing."""
    exact = TorchModel(checkpoint, torch.float32, _AsItLies, TorchAttention)
    tokens = load_tokenizer(checkpoint.directory, checkpoint.config.vocab_size).encode(PASSAGE)
    told, rounded = (_log_shares(each, tokens) for each in (exact, model))
    return float((told.exp() * (told - rounded)).sum(1).mean())


def _log_shares(model: Model, tokens: Sequence[int]) -> Tensor:
    """Of the vocabulary, behind each window [windows, vocabulary]."""
    length = min(_LENGTH, model.context, len(tokens))
    apart = (len(tokens) - length) // (_WINDOWS - 1)
    windows = [tokens[apart * number :][:length] for number in range(_WINDOWS)]
    runner = model.runner(slots=_WINDOWS, context=length)
    chunks = [Chunk(slot, 0, window, True) for slot, window in enumerate(windows)]
    return runner.forward(chunks).double().log_softmax(1)
