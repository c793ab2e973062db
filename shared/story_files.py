"""What a story's file is called, and how large it may be when it comes back."""

import re
import unicodedata

from shared.library import FileFormat

MAX_FILE_BYTES = 8 * 1024 * 1024
"""Of an imported story: a long novel with all that was tried on its way."""
NAME_CHARS = 60


def file_name(title: str, form: FileFormat) -> str:
    """In ASCII, from the title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', plain).strip('-')[:NAME_CHARS] or 'story'}.{form}"
