"""The page's look. Colours build on the current text colour, so light and dark both work."""

import streamlit as st

from services.ui.palette import PAPER_BY_DAY, PAPER_BY_NIGHT, PRIMARY_BY_DAY, PRIMARY_BY_NIGHT

_CSS = """
<style>
.stMainBlockContainer { max-width: 74rem; padding-top: 4.75rem; }
.once-heading h1 { font-family: "Source Serif", Georgia, serif; font-weight: 600;
  font-size: 2.6rem; line-height: 1.1; padding: 0; margin: 0; letter-spacing: -0.01em; }
.once-heading p { margin: 0.2rem 0 0.4rem; opacity: 0.75; }
.once-section { font-family: "Source Serif", Georgia, serif; font-size: 1.6rem; font-weight: 600;
  padding: 0; margin: 1.4rem 0 0; overflow-wrap: anywhere; }
.once-page { border: 1px solid color-mix(in srgb, currentColor 16%, transparent);
  background: color-mix(in srgb, currentColor 3%, transparent); border-radius: 0.4rem;
  padding: clamp(1.2rem, 4vw, 3rem) clamp(1.1rem, 4.5vw, 3.4rem); min-height: 24rem; }
.once-page, .once-text { font-family: "Source Serif", Georgia, "Times New Roman", serif; }
.once-by-seed { opacity: 1 !important; }
.once-seed { font-style: italic; text-align: center; opacity: 0.75; text-wrap: balance;
  max-width: 32rem; margin: 0 auto 1.6rem; overflow-wrap: anywhere;
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; line-clamp: 3;
  overflow: hidden; }
.once-text { font-size: 1.16rem; line-height: 1.75; white-space: pre-wrap;
  overflow-wrap: anywhere; hyphens: auto; max-width: 40rem; margin: 0 auto; }
.once-text:not(:empty)::first-letter { font-size: 1.9em; line-height: 1; }
.once-live .once-text::after { content: ""; display: inline-block; width: 0.5em; height: 1em;
  margin-left: 0.1em; vertical-align: -0.15em; background: currentColor; opacity: 0.5;
  animation: once-blink 1.1s steps(2) infinite; }
@keyframes once-blink { 50% { opacity: 0; } }
@media (prefers-reduced-motion: reduce) { .once-live .once-text::after { animation: none; } }
.once-status { margin: 0; display: flex; gap: 0.6rem; align-items: baseline; min-height: 1.6rem;
  font-variant-numeric: tabular-nums; }
[data-testid="stLayoutWrapper"]:has(> .st-key-status) { position: sticky; top: 3.5rem;
  z-index: 2; padding: 0.3rem 0; background: light-dark(PAPER_BY_DAY, PAPER_BY_NIGHT); }
.once-dot { flex: none; width: 0.6rem; height: 0.6rem; border-radius: 50%; background: #b8860b; }
.once-writing, .once-done { background: #2e8b57; }
.once-stopped { background: #808080; }
.once-failed, .once-lost { background: #c0392b; }
.once-notice { border-left: 0.25rem solid #c0392b; border-radius: 0.2rem; padding: 0.7rem 1rem;
  background: color-mix(in srgb, #c0392b 12%, transparent); overflow-wrap: anywhere; }
.once-notice p, .once-notice ul { margin: 0; }
.once-good { border-left: 0.25rem solid #2e8b57; border-radius: 0.2rem; margin: 0;
  padding: 0.7rem 1rem; background: color-mix(in srgb, #2e8b57 12%, transparent); }
/* A service that says nothing holds a press for as long as REQUEST_TIMEOUT_SECONDS. */
.stApp[data-test-script-state="running"]::after { content: "Still waiting for the service…";
  position: fixed; inset: 3.9rem 0 auto; width: fit-content; margin: 0 auto; z-index: 999990;
  padding: 0.3rem 0.8rem; border-radius: 0.4rem; pointer-events: none; visibility: hidden;
  background: light-dark(PAPER_BY_DAY, PAPER_BY_NIGHT); animation: once-late 0s 3s forwards;
  border: 1px solid color-mix(in srgb, currentColor 35%, transparent); }
@keyframes once-late { to { visibility: visible; } }
/* A shadow where more can be scrolled to; paper that moves with the content hides it at the end. */
.once-table, .once-tree { --paper: light-dark(PAPER_BY_DAY, PAPER_BY_NIGHT);
  --shade: color-mix(in srgb, currentColor 28%, transparent);
  background: linear-gradient(to right, var(--paper) 40%, transparent) 0 / 2.5rem 100% local,
    linear-gradient(to left, var(--paper) 40%, transparent) 100% / 2.5rem 100% local,
    linear-gradient(to right, var(--shade), transparent) 0 / 0.8rem 100% scroll,
    linear-gradient(to left, var(--shade), transparent) 100% / 0.8rem 100% scroll;
  background-repeat: no-repeat; }
/* A way on is a button to whoever looks for one; only the bar of the pages is a row of words. */
.stMain [data-testid="stPageLink-NavLink"]:not(.st-key-pages *) { border-radius: 0.5rem;
  padding: 0.4rem 0.75rem; border: 1px solid light-dark(PRIMARY_BY_DAY, PRIMARY_BY_NIGHT); }
.once-hint { margin: 0; font-size: 0.9rem; opacity: 0.8; max-width: 44rem; }
[data-testid="stLayoutWrapper"]:has(> .st-key-pages) { display: none; }
@media (max-width: 767.98px) {
  [data-testid="stSidebarNav"] { display: none; }
  [data-testid="stLayoutWrapper"]:has(> .st-key-pages) { display: block; position: fixed;
    inset: 0 0 auto 3rem; z-index: 999990; padding: 0.7rem 0.6rem; overflow-x: auto;
    background: light-dark(PAPER_BY_DAY, PAPER_BY_NIGHT); }
  .st-key-pages { flex-wrap: nowrap; }
}
@media (max-width: 374.98px) {
  [data-testid="stLayoutWrapper"]:has(> .st-key-pages) { padding-inline: 0.1rem; }
  .st-key-pages [data-testid="stPageLink-NavLink"] { padding-inline: 0.25rem; }
  .st-key-pages [data-testid="stPageLink-NavLink"] p { font-size: 0.8rem; }
}
@media (max-width: 640px) {
  /* The story begins below the form's last button: its news must show wherever one stands. */
  [data-testid="stLayoutWrapper"]:has(> .st-key-status) { position: fixed; inset: auto 0 0;
    padding: 0.6rem 1rem; border-top: 1px solid color-mix(in srgb, currentColor 16%, transparent); }
  .once-page { min-height: 12rem; }
}
</style>
""".replace("PAPER_BY_DAY", PAPER_BY_DAY).replace("PAPER_BY_NIGHT", PAPER_BY_NIGHT)
_CSS = _CSS.replace("PRIMARY_BY_DAY", PRIMARY_BY_DAY).replace("PRIMARY_BY_NIGHT", PRIMARY_BY_NIGHT)


_NO_SIDEBAR = """
<style>
@media (max-width: 767.98px) {
  [data-testid="stSidebar"], [data-testid="stExpandSidebarButton"] { display: none; }
}
</style>
"""


def apply(*, has_sidebar: bool) -> None:
    """A drawer that another page left open on a narrow screen is not there on one without."""
    st.html(_CSS if has_sidebar else _CSS + _NO_SIDEBAR)
