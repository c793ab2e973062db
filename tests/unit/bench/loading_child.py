"""A child of the bench that is ready once it has written a file."""

import sys
from pathlib import Path

from tests.bench.children import serve

if __name__ == "__main__":
    Path(sys.argv[1]).write_text("loaded")
    serve(lambda question: {"asked": question})
