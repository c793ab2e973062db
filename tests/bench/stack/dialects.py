"""How each server is asked for a story and how its events are read. Knows no sockets."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

from shared.prompts import build_continuation
from shared.schemas import FinishReason
from tests.bench.engine.ours import sampling


@dataclass(frozen=True, slots=True)
class Wanted:
    """`story` is what is gone on from; everybody reads it behind the same few words."""

    story: str
    tokens: int
    seed: int

    @property
    def prompt(self) -> str:
        return build_continuation(self.story)


class Dialect(Protocol):
    @property
    def path(self) -> str: ...

    def body(self, wanted: Wanted) -> dict[str, Any]: ...

    def brings_text(self, event: str, data: str) -> bool:
        """Whether the event shows the reader more of the story."""

    def ends(self, event: str, data: str) -> bool: ...


class Once:
    path = "/generate"

    def body(self, wanted: Wanted) -> dict[str, Any]:
        return {
            "story_seed": "a fox",
            "story_so_far": wanted.story,
            "controls": {"constraints": []},
            "sampling": sampling(wanted.tokens).model_dump() | {"seed": wanted.seed},
        }

    def brings_text(self, event: str, data: str) -> bool:
        return event == "token"

    def ends(self, event: str, data: str) -> bool:
        if event in ("error", "cancelled"):
            raise RuntimeError(f"the story ended with {event} {data}")
        if event == "done" and json.loads(data)["finish_reason"] != FinishReason.LENGTH:
            raise RuntimeError("the story ended by itself")
        return event == "done"


@dataclass(frozen=True, slots=True)
class OpenAI:
    """Sampling is in the model's own generation config, or what the server was started with."""

    model: str
    path: str = "/v1/completions"

    def body(self, wanted: Wanted) -> dict[str, Any]:
        return {
            "model": self.model,
            "prompt": wanted.prompt,
            "max_tokens": wanted.tokens,
            "stream": True,
        }

    def brings_text(self, event: str, data: str) -> bool:
        return bool(self._choice(data).get("text"))

    def ends(self, event: str, data: str) -> bool:
        reason = self._choice(data).get("finish_reason")
        if reason == "stop":
            raise RuntimeError("the story ended by itself")
        return reason is not None

    def _choice(self, data: str) -> dict[str, Any]:
        said = json.loads(data)
        if "error" in said:
            raise RuntimeError(f"the server said {said['error']}")
        choice: dict[str, Any] = said["choices"][0]
        return choice


class Tutorial:
    path = "/generate"

    def body(self, wanted: Wanted) -> dict[str, Any]:
        return {"prompt": wanted.prompt, "tokens": wanted.tokens}

    def brings_text(self, event: str, data: str) -> bool:
        return not self.ends(event, data)

    def ends(self, event: str, data: str) -> bool:
        return data == "[DONE]"
