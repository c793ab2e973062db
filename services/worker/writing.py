"""The stories that waiting threads have handed to the engine's, what became of them, and steps."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from services.worker.engine import Engine, StepOutput
from services.worker.story import Story
from services.worker.watching import StoryWatch
from shared.errors import ErrorCode
from shared.fitting import fitted_prompt
from shared.joblog import Command, Verdict, turns
from shared.metrics import Fate
from shared.schemas import FinishReason


@dataclass(frozen=True, slots=True)
class Abort:
    """The order to stop writing the story with this key."""

    key: str


@dataclass(slots=True)
class Step:
    """One step of all stories, and of some what was held back of those before, on its way into the
    log. Times are monotonic, in seconds.
    """

    began: float
    told: float = 0.0
    drawn: int = 0
    """Tokens of this step alone."""
    outputs: list[StepOutput] = field(default_factory=list)
    """Those that the log is told of."""
    writers: list[str] = field(default_factory=list)
    """The key of the story that each command is of."""

    @property
    def endings(self) -> list[tuple[str, Fate, str]]:
        """Key, fate and reason of each story that ended."""
        return [
            (output.id, Fate.FAILED, ErrorCode.GENERATION_FAILED)
            if output.finish_reason is FinishReason.ERROR
            else (output.id, Fate.SUCCEEDED, output.finish_reason)
            for output in self.outputs
            if output.finish_reason is not None
        ]


@dataclass(eq=False, slots=True)
class Writing:
    story: Story
    watch: StoryWatch
    ended: threading.Event = field(default_factory=threading.Event)
    """Set once this worker has nothing more to do with it."""
    untold: list[StepOutput] = field(default_factory=list)
    """What was drawn and the log does not know yet."""
    handed_on: turns.Answer = None
    """The claim of the story that has its slot."""
    _prompt: str | Exception = field(default="", init=False)
    """Or why there is none."""
    _is_taken_up: bool = field(default=False, init=False)

    @property
    def is_urgent(self) -> bool:
        """Whether the log is to know at once: of the first token, and of the ending."""
        return not self.story.has_told or self.untold[-1].finish_reason is not None

    @property
    def is_overdue(self) -> bool:
        """Not before the engine has it: only then is it known how long its prompt is."""
        return self._is_taken_up and self.story.is_overdue

    def prepare(self, engine: Engine) -> None:
        """What may take long, for the thread that waits for it: none of it is the engine's."""
        spec = self.story.claim.spec
        try:
            self._prompt = fitted_prompt(
                spec, context=engine.context_length, count=engine.count_tokens
            )
        except Exception as error:
            self._prompt = error  # `take_up` raises it, where it is told of

    def take_up(self, engine: Engine) -> None:
        """Have the engine go on with it. Raises ServiceError."""
        if isinstance(self._prompt, Exception):
            raise self._prompt
        self.story.prompt_tokens = engine.add_request(self.story.request(self._prompt))
        self._is_taken_up = True


class Writings:
    """Those in hand, by the key of their story. Any thread may look, or add one."""

    def __init__(self) -> None:
        self._by_key: dict[str, Writing] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    def __contains__(self, key: str) -> bool:
        return key in self._by_key

    def __getitem__(self, key: str) -> Writing:
        return self._by_key[key]

    def add(self, writing: Writing) -> None:
        self._by_key[writing.story.key] = writing

    def holds(self, writing: Writing) -> bool:
        return self._by_key.get(writing.story.key) is writing

    def those(self, chosen: Callable[[Writing], bool] = lambda _: True) -> list[Writing]:
        return [each for each in list(self._by_key.values()) if chosen(each)]

    def record(
        self, step: Step, outputs: Sequence[StepOutput], *, hold_back: bool
    ) -> list[Command[Verdict]]:
        """What the log is to be told of a part of a step: at least what cannot wait."""
        for output in outputs:
            self._by_key[output.id].untold.append(output)
        drawn = [self._by_key[key] for key in dict.fromkeys(output.id for output in outputs)]
        return self._tell(step, [each for each in drawn if each.is_urgent or not hold_back])

    def rest(self, step: Step, of: Sequence[Writing]) -> list[Command[Verdict]]:
        """What the log is to be told of what was held back of these, if they are still in hand."""
        return self._tell(step, [each for each in of if each.untold and self.holds(each)])

    def _tell(self, step: Step, writings: Sequence[Writing]) -> list[Command[Verdict]]:
        commands = []
        for writing in writings:
            outputs, writing.untold = writing.untold, []
            told = writing.story.record(*outputs)
            commands += told
            step.outputs += outputs
            step.writers += [writing.story.key] * len(told)
        return commands

    def count(self, step: Step) -> int:
        """Have each watch count what is in the log now; of what was lost nothing is. Answers how
        many tokens that were.
        """
        tokens = [output for output in step.outputs if output.token is not None]
        last = {output.id: output.index for output in tokens}
        counts = Counter(output.id for output in tokens if output.id in self._by_key)
        for key, count in counts.items():
            watch, index = self._by_key[key].watch, last[key]
            watch.tokens(index, count, began=step.began, told=step.told, stories=len(last))
        return counts.total()

    def let_go(self, key: str, fate: Fate, reason: str) -> None:
        """An unknown key is ignored."""
        writing = self._by_key.pop(key, None)
        if writing is not None:
            writing.watch.end(fate, reason)
            writing.ended.set()
