"""The script that Streamlit runs: the frame around the pages in `views/`, one file each."""

import streamlit as st

from services.ui import style
from services.ui.pages import PAGES, tab_title


def app() -> None:
    pages = [
        st.Page(f"views/{title.lower()}.py", title=title, url_path=path, default=not path)
        for path, title in PAGES.items()
    ]
    page = st.navigation(pages, position="top")
    st.set_page_config(page_title=tab_title(page.title), layout="wide")
    style.apply()
    page.run()


if __name__ == "__main__":
    app()
