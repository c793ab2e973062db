"""The page's colours by day and by night, as Streamlit's theme names them."""

PAPER_BY_DAY = "#fbf8f3"
PAPER_BY_NIGHT = "#191613"
THEME = {
    "light.primaryColor": "#8a4b2a",
    "light.backgroundColor": PAPER_BY_DAY,
    "light.secondaryBackgroundColor": "#f1ebe1",
    "light.textColor": "#2b2622",
    "dark.primaryColor": "#a8623a",
    "dark.backgroundColor": PAPER_BY_NIGHT,
    "dark.secondaryBackgroundColor": "#26211d",
    "dark.textColor": "#e9e2d8",
}
