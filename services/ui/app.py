"""The script that Streamlit runs: the frame around the pages in `views/`, one file each."""

import streamlit as st

from services.ui import style


def app() -> None:
    pages = [
        st.Page("views/write.py", title="Write", default=True),
        st.Page("views/library.py", title="Library", url_path="library"),
        st.Page("views/compare.py", title="Compare", url_path="compare"),
        st.Page("views/insights.py", title="Insights", url_path="insights"),
        st.Page("views/operations.py", title="Operations", url_path="operations"),
    ]
    page = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{page.title} · Once", layout="wide")
    style.apply()
    page.run()


if __name__ == "__main__":
    app()
