"""A story in the terminal: `python -m services.ui.terminal "A fox who could read"`.

Only the way in; the command itself is in `telling.py`.
"""

import io
import sys

EXIT_INTERRUPTED = 130


def main() -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that knows few characters gets `?` for the others, not half a story.
        sys.stdout.reconfigure(errors="replace")
    try:
        # Imported here, since that takes a second in which a Ctrl-C must not show a stack.
        import typer

        from services.ui.telling import tell

        typer.run(tell)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


if __name__ == "__main__":
    main()
