"""The look of cards and branches. Colours build on the current text colour and the page's paper."""

import streamlit as st

from services.ui.palette import PAPER_BY_DAY, PAPER_BY_NIGHT

_CSS = """
<style>
.once-card h2 { font-family: "Source Serif", Georgia, serif; font-size: 1.25rem; font-weight: 600;
  padding: 0; margin: 0; overflow-wrap: anywhere; }
.once-card p { margin: 0.2rem 0 0; }
.once-card-seed { font-style: italic; overflow-wrap: anywhere; display: -webkit-box;
  -webkit-box-orient: vertical; -webkit-line-clamp: 2; line-clamp: 2; overflow: hidden; }
.once-card-beginning { font-family: "Source Serif", Georgia, serif; overflow-wrap: anywhere;
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; line-clamp: 2;
  overflow: hidden; }
.once-card-age { margin: 0; font-size: 0.875rem; opacity: 0.8; }
.once-heading h1, .once-heading p { overflow-wrap: anywhere; }
@media (max-width: 640px) { .once-heading h1 { font-size: 2rem; } }
.once-undo { margin: 0; overflow-wrap: anywhere; }
.once-nothing { text-align: center; padding: 2.5rem 1rem; overflow-wrap: anywhere;
  border: 1px dashed color-mix(in srgb, currentColor 30%, transparent); border-radius: 0.4rem; }
.once-nothing p { margin: 0.2rem 0; }
.once-tree { overflow: auto; max-height: 70vh; border-radius: 0.4rem;
  border: 1px solid color-mix(in srgb, currentColor 16%, transparent); }
.once-tree:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.once-tree-canvas { position: relative; margin: 0 auto; }
.once-node { position: absolute; box-sizing: border-box; overflow: hidden; padding: 0.3rem 0.6rem;
  font-size: 0.8rem; line-height: 1.25; }
.stHtml a.once-node { color: inherit; text-decoration: none; }
.once-node, .once-sample { border: 1px solid color-mix(in srgb, currentColor 60%, transparent);
  border-radius: 0.25rem; background: light-dark(PAPER_BY_DAY, PAPER_BY_NIGHT); }
.once-node b { display: block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.once-node span { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2;
  line-clamp: 2; overflow: hidden; overflow-wrap: anywhere; }
.once-node:hover { text-decoration: underline; }
.once-node:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
.once-by-seed { border-radius: 2rem; }
.once-node.once-by-seed { text-align: center; padding: 0.3rem 1.3rem; }
.once-by-edit { border-style: dashed; }
.once-node.once-on-path, .once-sample.once-on-path { border-width: 3px;
  border-color: currentColor; }
.once-line { position: absolute; box-sizing: border-box; margin-left: -1px; border: 0 solid
  color-mix(in srgb, currentColor 50%, transparent); }
.once-stem { border-left-width: 1px; }
.once-bend { border-width: 1px 1px 0 0; border-top-right-radius: 0.5rem; }
.once-stem.once-on-path { border-left-width: 3px; border-color: currentColor; }
.once-legend { font-size: 0.875rem; margin: 0.6rem 0 0; line-height: 1.5; display: flex;
  flex-wrap: wrap; gap: 0.3rem 1rem; }
.once-sample { padding: 0.1rem 0.6rem; margin-right: 0.2rem; }
.once-outline ul, .once-outline ol, ul.once-outline { margin: 0; }
.stHtml .once-outline ul, .stHtml ul.once-outline { padding-left: 0; list-style: none; }
.stHtml .once-outline ol { padding-left: 1.3rem; }
.once-outline li { margin: 0.3rem 0; overflow-wrap: anywhere; }
.stHtml .once-outline a { color: inherit; font-weight: 600; }
.once-part { font-size: 1.35rem; padding: 0; margin: 0.6rem 0 0; }
</style>
""".replace("PAPER_BY_DAY", PAPER_BY_DAY).replace("PAPER_BY_NIGHT", PAPER_BY_NIGHT)


def apply() -> None:
    st.html(_CSS)
