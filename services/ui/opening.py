"""What a browser shows until Streamlit's scripts have come and run: the page's name on its paper.

They are 3 MB in sixty files. React empties the root when it draws for the first time.
"""

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from streamlit import file_util

from services.ui import palette
from services.ui.pages import PAGES, tab_title

TITLE = "<title>Streamlit</title>"
ROOT = '<div id="root"></div>'
_STYLE = f"""<style>
#opening {{ position: fixed; inset: 0; display: grid; place-content: center; text-align: center;
  font-family: Georgia, serif; background: {palette.THEME["light.backgroundColor"]};
  color: {palette.THEME["light.textColor"]}; }}
#opening b {{ font-size: 2rem; }}
@media (prefers-color-scheme: dark) {{ #opening {{
  background: {palette.THEME["dark.backgroundColor"]};
  color: {palette.THEME["dark.textColor"]}; }} }}
</style>"""
_CLOSED = """<script>
// Streamlit remembers that the controls were open. On a narrow screen they lie over the story.
if (matchMedia("(max-width: 767.98px)").matches)
  for (const name of Object.keys(localStorage))
    if (name.startsWith("stSidebarCollapsed-")) localStorage.removeItem(name);
</script>"""
_SHOWN = '<div id="opening"><p><b>Once</b><br>Opening the writing room …</p></div>'


def routes() -> list[Route]:
    return [Route(f"/{path}", _opening, methods=["GET", "HEAD"]) for path in PAGES]


async def _opening(request: Request) -> HTMLResponse:
    page = PAGES[request.url.path.strip("/")]
    return HTMLResponse(_document(page), headers={"Cache-Control": "no-cache"})


@cache
def _document(page: str) -> str:
    """Streamlit's own, with the page's title, something to see, and nothing over it."""
    document = Path(file_util.get_static_dir(), "index.html").read_text(encoding="utf-8")
    shown = ROOT.replace("></", f">{_SHOWN}</")
    head = f"<title>{tab_title(page)}</title>{_STYLE}{_CLOSED}"
    return document.replace(TITLE, head).replace(ROOT, shown)
