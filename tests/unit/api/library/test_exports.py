"""Stories as files: what they hold, and that model text stays text in them."""

import io
import json
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from services.api.db.models import Story
from services.api.library.files import MAX_PASSAGES, story_file
from services.api.library.plain import as_markdown
from services.api.library.tree import Node, Tree
from shared.library import Origin, StoryView
from shared.schemas import StoryControls
from tests.unit.api.acting import story
from tests.unit.api.library.writing import ON_SQLITE, SEED, Writer, refusal

HOSTILE = "# No <b>title</b> & ![x](http://evil/x.png)\n\n</p><script>1</script>\x00\x0b\ufffe end"
XHTML = "{http://www.w3.org/1999/xhtml}"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"


def export(writer: Writer, told: StoryView, form: str, **params: str) -> bytes:
    params["format"] = form
    answer = writer.http.get(f"/v1/stories/{told.id}/export", params=params)
    assert answer.status_code == 200, answer.text
    return answer.content


def branching(writer: Writer) -> StoryView:
    """The seed, a first passage, a second one, and an edit beside the first."""
    told = writer.told(title="Der Fuchs & die Ähre: 1/2")
    writer.act(told, told.passages[1].id, "continue", {})
    writer.write(2)
    writer.act(writer.read(told.id), told.passages[1].id, "edit", {"text": HOSTILE})
    return writer.read(told.id)


def test_text_is_the_path_to_a_passage(writer: Writer) -> None:
    told = branching(writer)
    whole = export(writer, told, "txt", passage=told.passages[2].id).decode()
    assert whole == f"{told.title}\n\n{story(3)}{story(2)}\n"
    assert export(writer, told, "txt", passage=told.passages[1].id).decode() == (
        f"{told.title}\n\n{story(3)}\n"
    )


def test_newest_leaf_is_exported_unless_another_is_named(writer: Writer) -> None:
    told = branching(writer)
    assert export(writer, told, "txt").decode() == f"{told.title}\n\n{HOSTILE}\n"


@ON_SQLITE
@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("txt", "text/plain; charset=utf-8"),
        ("md", "text/markdown; charset=utf-8"),
        ("json", "application/json"),
        ("epub", "application/epub+zip"),
    ],
)
def test_file_has_a_name_and_a_type(writer: Writer, form: str, media_type: str) -> None:
    told = branching(writer)
    answer = writer.http.get(f"/v1/stories/{told.id}/export", params={"format": form})
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="Der-Fuchs-die-Ahre-1-2.{form}"'
    )


def test_unknown_format_passage_and_owner(writer: Writer) -> None:
    told = writer.told()
    path = f"/v1/stories/{told.id}/export"
    assert refusal(writer.http.get(path, params={"format": "pdf"})) == (422, "invalid_request")
    assert refusal(writer.http.get(path, params={"passage": "x"})) == (404, "unknown_passage")
    ben = {"Authorization": "Bearer ben"}
    assert refusal(writer.http.get(path, headers=ben)) == (404, "unknown_story")


def test_book_is_an_epub_that_readers_open(writer: Writer) -> None:
    told = branching(writer)
    content = export(writer, told, "epub", passage=told.passages[2].id)
    assert content == export(writer, told, "epub", passage=told.passages[2].id)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert book.testzip() is None
        first = book.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", 0, b"")
        assert content[30:58] == b"mimetypeapplication/epub+zip"
        package = ElementTree.fromstring(book.read(_package_path(book)))
        names = _manifest(package)
        assert {f"EPUB/{name}" for name in names.values()} == {
            name for name in book.namelist() if name.endswith(".xhtml")
        }
        spine = [names[ref.attrib["idref"]] for ref in package.iter(f"{OPF}itemref")]
        assert spine == ["title.xhtml", "story.xhtml"]
        assert _text(package, f"{DC}title") == told.title
        assert _text(package, f"{DC}language") == "en"
        identifier = package.find(f".//{DC}identifier")
        assert identifier is not None
        assert identifier.attrib["id"] == package.attrib["unique-identifier"]
        flow = ElementTree.fromstring(book.read("EPUB/story.xhtml"))
        assert [line.text for line in flow.iter(f"{XHTML}p")] == [f"{story(3)}{story(2)}".strip()]
        contents = ElementTree.fromstring(book.read("EPUB/nav.xhtml"))
        links = [link.attrib["href"] for link in contents.iter(f"{XHTML}a")]
        assert links == spine


def test_model_text_is_no_markup_in_a_book(writer: Writer) -> None:
    told = branching(writer)
    with zipfile.ZipFile(io.BytesIO(export(writer, told, "epub"))) as book:
        flow = ElementTree.fromstring(book.read("EPUB/story.xhtml"))
    assert [line.text for line in flow.iter(f"{XHTML}p")] == [
        "# No <b>title</b> & ![x](http://evil/x.png)",
        "</p><script>1</script> end",
    ]
    assert not list(flow.iter(f"{XHTML}script"))


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("plain words, “quoted” — and so on.", "plain words, “quoted” — and so on."),
        ("# no heading", r"\# no heading"),
        ("1. no list\n- nor here", "1\\. no list\\\n\\- nor here"),
        ("a\n===", "a\\\n\\==="),
        ("    no code", "\u00a0\u00a0\u00a0\u00a0no code"),
        ("![x](http://evil/x.png)", r"!\[x\](http:\/\/evil/x.png)"),
        ("<img src=x> &lt; `a` *b* _c_ ~~d~~", r"\<img src=x\> \&lt; \`a\` \*b\* \_c\_ \~\~d\~\~"),
        ("www.evil.com me@evil.com", r"www\.evil.com me\@evil.com"),
        ("one\ntwo\n\nthree", "one\\\ntwo\n\nthree"),
        ("a \\ b | c | $d$", r"a \\ b \| c \| \$d\$"),
    ],
)
def test_model_text_is_no_markdown(text: str, markdown: str) -> None:
    assert as_markdown("T", "S", text) == f"# T\n\n> S\n\n{markdown}\n"


def test_markdown_shows_title_seed_and_story(writer: Writer) -> None:
    told = writer.told(title="A *fox* #")
    assert export(writer, told, "md").decode() == (
        f"# A \\*fox\\* \\#\n\n> {SEED}\n\n{story(3).strip()}\n"
    )


def _package_path(book: zipfile.ZipFile) -> str:
    container = ElementTree.fromstring(book.read("META-INF/container.xml"))
    (root,) = container.iter("{urn:oasis:names:tc:opendocument:xmlns:container}rootfile")
    assert root.attrib["media-type"] == "application/oebps-package+xml"
    return root.attrib["full-path"]


def _manifest(package: ElementTree.Element) -> dict[str, str]:
    items = list(package.iter(f"{OPF}item"))
    assert [item.attrib["id"] for item in items if item.get("properties") == "nav"] == ["nav"]
    return {item.attrib["id"]: item.attrib["href"] for item in items}


def _text(root: ElementTree.Element, tag: str) -> str:
    found = root.find(f".//{tag}")
    assert found is not None
    return found.text or ""


def test_story_that_has_grown_beyond_what_is_read_again_is_still_exported() -> None:
    seed = Node("0", None, Origin.SEED, "A fox", "A fox", StoryControls(), created_at=0.0)
    edits = [
        replace(seed, id=str(number), parent_id=str(number - 1), origin=Origin.EDIT)
        for number in range(1, MAX_PASSAGES + 1)
    ]
    written = story_file(Story(title="Long", created_at=0.0), Tree([seed, *edits]))
    assert len(json.loads(written.model_dump_json())["passages"]) == MAX_PASSAGES + 1
