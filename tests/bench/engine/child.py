"""`python -m tests.bench.engine.child NAME MODEL SLOTS`: one engine, loaded and run by one thread.

Asked with a case and its prompts it answers with what was measured.
"""

import sys
from pathlib import Path
from typing import Any

from tests.bench.children import serve
from tests.bench.engine.case import Case
from tests.bench.engine.contestant import measure, warm_up
from tests.bench.engine.entries import make


def main() -> None:
    name, model, slots = sys.argv[1:]
    contestant = make(name, Path(model), slots=int(slots))

    warm = set[Case]()

    def answer(question: dict[str, Any]) -> dict[str, float]:
        case, prompts = Case(**question["case"]), question["prompts"]
        if case not in warm:
            warm_up(contestant, prompts[: case.streams])
            warm.add(case)
        return measure(contestant, case, prompts)

    serve(answer)


if __name__ == "__main__":
    main()
