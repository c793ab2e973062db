"""What a demonstration shows of itself, as HTML. Knows no Streamlit.

The story's text and the workers' names are data: everything is escaped.
"""

from html import escape

from services.ui.operating.trial import Trial
from services.ui.story import Phase, Story


def account(trial: Trial, *, now: float) -> str:
    """The steps so far, the two hashes, and the second telling with its seam."""
    steps = [_peaceful(trial.peaceful)]
    if trial.retold is not None:
        steps.append(_retold(trial, trial.retold))
        if trial.is_killed:
            steps.append(_kill(trial, trial.retold, now=now))
    items = "".join(f"<li>{step}</li>" for step in steps)
    shown = f'<ol class="once-steps">{items}</ol>'
    if trial.retold is None or not trial.retold.text:
        return shown
    return shown + _hashes(trial) + _text(trial, trial.retold)


def _peaceful(story: Story) -> str:
    match story.phase:
        case Phase.DONE:
            return f"Told in peace: {story.words} words, {story.tokens} tokens."
        case Phase.OPENING | Phase.QUEUED:
            return "To be told in peace: waits for a worker…"
    return f"Being told in peace: {story.words} words…"


def _retold(trial: Trial, story: Story) -> str:
    if story.phase is Phase.DONE:
        return f"Told again: {story.words} words, {story.tokens} tokens."
    if not story.tokens:
        return "To be told again: waits for a worker…"
    by = "" if trial.worker is None or trial.pickup else f" by {_name(trial.worker)}"
    return f"Being told again{by}: {story.tokens} of {trial.peaceful.tokens} tokens…"


def _kill(trial: Trial, story: Story, *, now: float) -> str:
    worker = _name(trial.worker or "")
    if trial.pickup is not None:
        pickup = trial.pickup
        by = f" by {_name(pickup.worker)}" if pickup.worker else ""
        return (
            f"{worker} was killed at word {pickup.words}; picked up again "
            f"{pickup.seconds:.1f} s later{by} (attempt {pickup.attempt})."
        )
    if story.phase.is_final:
        return f"{worker} was told to die, but the story had ended before."
    since = f"nobody has written for {now - trial.wrote_at:.1f} s…"
    return f"{worker} was killed at word {story.words}; {since}"


def _hashes(trial: Trial) -> str:
    retold, peaceful = trial.hashes
    is_whole = trial.retold is not None and trial.retold.phase is Phase.DONE
    if not trial.is_same:
        verdict = "✗ They differ."
    elif is_whole:
        verdict = "✓ Identical, byte for byte."
    else:
        verdict = "✓ The same so far."
    part = "SHA-256 of the whole text" if is_whole else "SHA-256 of the text so far"
    return (
        f'<dl class="once-hashes"><dt>{part}, told again</dt><dd><code>{retold}</code></dd>'
        f"<dt>of as much of the text told in peace</dt><dd><code>{peaceful}</code></dd></dl>"
        f'<p class="once-verdict">{verdict}</p>'
    )


def _text(trial: Trial, story: Story) -> str:
    """With a mark where the worker was killed."""
    seam = trial.pickup.characters if trial.pickup else len(story.text)
    mark = '<span class="once-seam">killed here</span>' if trial.is_killed else ""
    text = f"{escape(story.text[:seam].lstrip())}{mark}{escape(story.text[seam:])}"
    return (
        '<div class="once-retold" role="region" aria-label="The story told again" tabindex="0" '
        f'dir="auto">{text}</div>'
    )


def _name(worker: str) -> str:
    return f"<b>{escape(worker)}</b>"
