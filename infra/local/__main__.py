"""`python -m infra.local` is `make up`. Ctrl-C ends it quietly even while it is being imported."""

import os
import sys
from pathlib import Path

try:
    from infra.local.up import main

    os.chdir(Path(__file__).parent.parent.parent)
    sys.exit(main())
except KeyboardInterrupt:
    sys.exit(130)
