"""Text that wants more than to be read, and a watch on everything that a browser asks for."""

from dataclasses import dataclass, field
from urllib.parse import urlparse

from playwright.sync_api import Dialog, Page

IMAGE = '<img src="http://127.0.0.1:9/a.png" onerror="document.title=1">'
LINE = " ".join(
    [
        IMAGE,
        "![x](http://127.0.0.1:9/b.png)",
        "<script>document.title=2</script>",
        "[link](javascript:alert(1))",
        "$x$ :red[x] :material/home: **b** `c` &amp; </article></div>",
        "שלום עולם",
    ]
)
"""What fits on one line, and so into a seed."""
LONG_WORD = "w" * 300
TEXT = f"{LINE} {LONG_WORD}\n# heading\n\n> quote\n\n    code\n- item\n\n| a | b |\n|---|---|\n"
TITLE = LINE[:180]
TAG = "<img src=x onerror=alert(1)>"


@dataclass
class Watched:
    """What a page asked for, said and did that no page of ours should."""

    own: str
    outside: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def assert_obeyed_nothing(self, page: Page) -> None:
        assert not self.outside
        assert not self.dialogs
        assert page.title() not in ("1", "2")
        assert not page.locator("img[src*='127.0.0.1:9'], a[href^='javascript']").count()


def watch(page: Page, own_url: str) -> Watched:
    watched = Watched(urlparse(own_url).netloc)

    def look(url: str) -> None:
        parts = urlparse(url)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc != watched.own:
            watched.outside.append(url)

    def refuse(dialog: Dialog) -> None:
        watched.dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("request", lambda request: look(request.url))
    page.on("websocket", lambda socket: look(socket.url))
    page.on("dialog", refuse)
    return watched
