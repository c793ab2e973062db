"""The page follows a story that grows, as long as its reader is at its end."""

import streamlit as st

# The one script of the page. It is a constant: no text from outside ever comes into it.
_FOLLOW = """
<script>
(() => {
  const main = document.querySelector('[data-testid="stMain"]');
  const content = main && main.querySelector('[data-testid="stMainBlockContainer"]');
  if (!content || content.dataset.onceFollows) return;
  content.dataset.onceFollows = "yes";
  let atEnd = true;
  main.addEventListener("scroll", () => {
    atEnd = main.scrollHeight - main.scrollTop - main.clientHeight < 120;
  }, { passive: true });
  new ResizeObserver(() => {
    if (atEnd && content.querySelector(".once-live")) main.scrollTop = main.scrollHeight;
  }).observe(content);
})();
</script>
"""


def follow() -> None:
    st.html(_FOLLOW, unsafe_allow_javascript=True)
