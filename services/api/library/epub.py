"""A story as an EPUB 3 book, its text in one flow. Model text is data: all of it is escaped.

Written by hand, since the format asks for five small files in a ZIP archive. The same story gives
the same bytes.
"""

import io
import re
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from shared.library import FileFormat

LANGUAGE = "en"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OLDEST_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_CONTAINER = """\
<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles>
    <rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
  </rootfiles>
</container>
"""
_PAGE = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" \
lang="{language}" xml:lang="{language}">
<head><title>{title}</title></head>
<body>
{body}
</body>
</html>
"""
_PACKAGE = """\
<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" \
xml:lang="{language}">
  <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
    <dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>
    <dc:title>{title}</dc:title>
    <dc:language>{language}</dc:language>
    <dc:description>{description}</dc:description>
    <meta property="dcterms:modified">{modified}</meta>
  </metadata>
  <manifest>
    <item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
{items}
  </manifest>
  <spine>
{refs}
  </spine>
</package>
"""


@dataclass(frozen=True, slots=True)
class Book:
    identifier: uuid.UUID
    title: str
    story_seed: str
    modified: float
    text: str


@dataclass(frozen=True, slots=True)
class _Page:
    name: str
    title: str
    body: str


def as_epub(book: Book) -> bytes:
    pages = _pages(book)
    files = {
        "META-INF/container.xml": _CONTAINER,
        "EPUB/package.opf": _package(book, pages),
        "EPUB/nav.xhtml": _render("Contents", _contents(pages)),
        **{f"EPUB/{page.name}.xhtml": _render(page.title, page.body) for page in pages},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # First and stored as it is, so that a reader finds it at a fixed place.
        _add(archive, "mimetype", FileFormat.EPUB.media_type, zipfile.ZIP_STORED)
        for name, content in files.items():
            _add(archive, name, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: str, compression: int) -> None:
    entry = zipfile.ZipInfo(name, _OLDEST_ZIP_DATE)
    entry.compress_type = compression
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content.encode())


def _pages(book: Book) -> list[_Page]:
    title = f"<h1>{_text(book.title)}</h1>\n<p><em>{_text(book.story_seed)}</em></p>"
    return [_Page("title", book.title, title), _Page("story", "The story", _lines(book.text))]


def _package(book: Book, pages: Sequence[_Page]) -> str:
    modified = datetime.fromtimestamp(book.modified, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    item = '    <item id="{0}" href="{0}.xhtml" media-type="application/xhtml+xml"/>'
    return _PACKAGE.format(
        language=LANGUAGE,
        identifier=book.identifier,
        title=_text(book.title),
        description=_text(book.story_seed),
        modified=modified,
        items="\n".join(item.format(page.name) for page in pages),
        refs="\n".join(f'    <itemref idref="{page.name}"/>' for page in pages),
    )


def _contents(pages: Sequence[_Page]) -> str:
    links = "\n".join(
        f'<li><a href="{page.name}.xhtml">{_text(page.title)}</a></li>' for page in pages
    )
    return f'<nav epub:type="toc" id="toc"><h1>Contents</h1>\n<ol>\n{links}\n</ol></nav>'


def _render(title: str, body: str) -> str:
    return _PAGE.format(language=LANGUAGE, title=_text(title), body=body)


def _lines(text: str) -> str:
    lines = (line.strip() for line in _legal(text).splitlines())
    return "\n".join(f"<p>{_text(line)}</p>" for line in lines if line)


def _text(text: str) -> str:
    return escape(_legal(text))


def _legal(text: str) -> str:
    """Without the few characters that XML cannot carry at all, escaped or not."""
    return _NO_XML.sub("", text)
