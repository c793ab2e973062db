"""The script that Streamlit runs: the frame around the pages in `views/`, one file each."""

from collections.abc import Sequence

import streamlit as st
from streamlit.navigation.page import Page

from services.ui import style
from services.ui.pages import PAGES, tab_title


def app() -> None:
    pages = [
        st.Page(f"views/{title.lower()}.py", title=title, url_path=path, default=not path)
        for path, title in PAGES.items()
    ]
    page = st.navigation(pages, position="top")
    st.set_page_config(page_title=tab_title(page.title), layout="wide")
    style.apply(has_sidebar=page.title == PAGES[""])
    _bar(pages)
    page.run()


def _bar(pages: Sequence[Page]) -> None:
    """All pages on a narrow screen, where Streamlit puts them into the drawer of the controls: that
    stays open over the page that was chosen.
    """
    with st.container(key="pages", horizontal=True, gap=None):
        for page in pages:
            st.page_link(page)


if __name__ == "__main__":
    app()
