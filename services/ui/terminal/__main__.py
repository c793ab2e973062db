"""`once`, or `python -m services.ui.terminal`. Only the way in; the commands are in `app.py`."""

import io
import sys

from services.ui.terminal.exits import Exit


def main() -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that knows few characters gets `?` for the others, not half a story.
        sys.stdout.reconfigure(errors="replace")
    try:
        # Imported here, since that takes a second in which a Ctrl-C must not show a stack.
        from services.ui.terminal.app import app

        app(prog_name="once")
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)


if __name__ == "__main__":
    main()
