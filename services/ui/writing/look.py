"""What only the writing page looks like; the rest is in `style.py`. Light and dark both work."""

import streamlit as st

from services.ui.palette import PAPER_BY_DAY, PAPER_BY_NIGHT

_CSS = """
<style>
.stMainBlockContainer { max-width: 54rem; padding-inline: clamp(1rem, 4vw, 3rem); }
.st-key-hero { max-width: 40rem; margin: 6vh auto 0; }
.once-unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
.st-key-title input { font-family: "Source Serif", Georgia, serif; font-size: 1.35rem;
  font-weight: 600; }
.st-key-title [data-baseweb], .st-key-title input { background: transparent; }
.once-remark { margin: 0; opacity: 0.75; font-size: 0.9rem; }
.once-note, .once-legend { max-width: 40rem; margin: 1.4rem auto 0; font-size: 0.9rem; }
.once-note { opacity: 0.8; }
.once-by-model { color: light-dark(#1d4f91, #9cc4ff); }
.once-by-edit { color: light-dark(#8a3b00, #ffb37a); text-decoration: underline solid 1px;
  text-underline-offset: 0.2em; }
.once-by-seed { color: light-dark(#2f5d1e, #a8d98f); text-decoration: underline dotted 2px;
  text-underline-offset: 0.2em; }
.once-tail { display: flex; flex-direction: column-reverse; max-height: 45vh; overflow-y: auto;
  min-height: 0; }
.once-tail > * { flex: none; }
.once-behind { max-height: 45vh; overflow-y: auto; }
.once-behind .once-text::first-letter { font-size: 1em; line-height: inherit; }
.once-before, .once-behind .once-page { min-height: 0; }
.once-before:not(:has(.once-passage)) { padding-block: 1rem; }
.once-before:not(:has(.once-passage)) .once-seed { margin-bottom: 0; }
article.once-page { position: relative; }
.once-menu { position: absolute; z-index: 3; display: flex; flex-direction: column;
  min-width: 12rem; padding: 0.25rem; border-radius: 0.4rem; font-family: "Source Sans", sans-serif;
  background: light-dark(PAPER_BY_DAY, PAPER_BY_NIGHT);
  border: 1px solid color-mix(in srgb, currentColor 35%, transparent);
  box-shadow: 0 0.3rem 1rem rgb(0 0 0 / 0.25); }
.once-menu button { all: unset; padding: 0.4rem 0.7rem; border-radius: 0.25rem; cursor: pointer;
  font-size: 0.9rem; }
.once-menu button:hover { background: color-mix(in srgb, currentColor 12%, transparent); }
.once-menu button:focus-visible { outline: 2px solid currentColor; outline-offset: -2px; }
::highlight(once-left) { color: light-dark(#8d867e, #7d766e); }
.once-draft { padding: 1rem; min-height: 12rem; }
.once-draft .once-text { font-size: 1rem; line-height: 1.6; }
.once-draft .once-text::first-letter { font-size: 1em; line-height: inherit; }
.once-draft-status { margin: 0 0 0.6rem; font-size: 0.85rem; opacity: 0.8;
  font-variant-numeric: tabular-nums; }
.once-version { font-variant-numeric: tabular-nums; }
.once-cut { max-width: 26rem; font-family: "Source Serif", Georgia, serif; margin: 0;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.once-cut s { opacity: 0.65; }
.once-scissors { margin: 0 0.3em; font-weight: 400; }
.once-budget p { margin: 0.3rem 0 0; font-size: 0.88rem; }
.once-prompt { margin: 0.6rem 0 0; padding: 0.6rem; max-height: 16rem; overflow: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.78rem; line-height: 1.5;
  border-radius: 0.3rem; background: color-mix(in srgb, currentColor 7%, transparent); }
.once-meter { display: flex; height: 0.6rem; border-radius: 0.3rem; overflow: hidden;
  background: color-mix(in srgb, currentColor 16%, transparent); }
.once-share-instruction { background: #8a4b2a; }
.once-share-memory { background: #2e8b57; }
.once-share-story { background: #4f7cac; }
.once-share-note { background: #b8860b; }
/* The tooltips name the keys: beside the labels there is no room for them. */
.stMain kbd { display: none; }
.st-key-editing textarea { font-family: "Source Serif", Georgia, serif; font-size: 1.08rem;
  line-height: 1.65; scroll-margin-block: 7rem 6rem; }
@media (min-width: 641px) {
  /* The row of buttons stays in sight, its status line above it, while the text scrolls. */
  [data-testid="stLayoutWrapper"]:has(> .st-key-toolbar) { position: sticky; bottom: 0;
    z-index: 2; padding: 0.4rem 0 0.8rem; background: light-dark(PAPER_BY_DAY, PAPER_BY_NIGHT); }
  [data-testid="stLayoutWrapper"]:has(> .st-key-status) { top: auto; bottom: 0; }
  .stMainBlockContainer:has(.st-key-toolbar) [data-testid="stLayoutWrapper"]:has(> .st-key-status)
    { bottom: 3.6rem; }
  [data-testid="stLayoutWrapper"]:has(> .st-key-news) { position: sticky; bottom: 6rem; z-index: 2;
    background: light-dark(PAPER_BY_DAY, PAPER_BY_NIGHT); }
  .stMainBlockContainer:has(.st-key-editing) [data-testid="stLayoutWrapper"]:has(> .st-key-news)
    { bottom: 4rem; }
}
@media (max-width: 640px) {
  .st-key-hero { margin-top: 1rem; }
  .stMainBlockContainer { padding-bottom: 5rem; }
}
</style>
""".replace("PAPER_BY_DAY", PAPER_BY_DAY).replace("PAPER_BY_NIGHT", PAPER_BY_NIGHT)


def apply() -> None:
    st.html(_CSS)
