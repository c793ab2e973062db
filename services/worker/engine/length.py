"""Keeps a story to the length class that was asked for; a pure function of how much is written.

Until the class is reached, a story cannot end itself; once much of its room is used, its end grows
likelier. Both means are old: compare `MinNewTokensLengthLogitsProcessor` and
`ExponentialDecayLengthPenalty` of Hugging Face's transformers.
"""

import math

from shared.schemas import Length

PATIENCE = 0.5
"""The share of a class's room in which its end is left to the model alone."""
STRONGEST = 5.0
"""What the end token gains, in nats, where the room ends. Of 60 stories for validation prompts 92 %
ended by themselves with 3, 97 % with 5, all with 8; the least that is enough disturbs least."""


def end_gain(length: Length, *, written: int, limit: int) -> float:
    """What the end token gains, in nats, as the token after `written` others; -inf forbids it."""
    floor = length.token_floor if length.token_floor < limit else 0
    if written < floor:
        return -math.inf
    used = (written - floor) / (limit - floor)
    return STRONGEST * max(0.0, used - PATIENCE) / (1 - PATIENCE)
