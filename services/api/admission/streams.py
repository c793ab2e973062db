"""How many answers of this process are held open, by whom. Knows no HTTP."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.api.admission.callers import Caller
from shared.refusals import (
    StreamsFullError,
    TooManyStreamsError,
)


@dataclass(slots=True)
class OpenStreams:
    """Streams, and callers who wait for a story's end. A limit of 0 is none."""

    per_key: int = 0
    per_process: int = 0
    _open: Counter[str] = field(default_factory=Counter)

    @contextlib.contextmanager
    def held(self, caller: Caller) -> Iterator[None]:
        """Counts as open until the block is left. Raises TooManyStreamsError, StreamsFullError."""
        self._check(caller)
        self._open[caller.key_id] += 1
        try:
            yield
        finally:
            self._open[caller.key_id] -= 1
            if not self._open[caller.key_id]:
                del self._open[caller.key_id]

    def _check(self, caller: Caller) -> None:
        if self.per_process and self._open.total() >= self.per_process:
            raise StreamsFullError("This process serves as many streams as it may.")
        if self.per_key and not caller.is_shared and self._open[caller.key_id] >= self.per_key:
            raise TooManyStreamsError(f"This key may have {self.per_key} streams open at once.")
