"""The page's colours by day and by night, as Streamlit's theme names them."""

PAPER_BY_DAY = "#fbf8f3"
PAPER_BY_NIGHT = "#191613"
PRIMARY_BY_DAY = "#8a4b2a"
PRIMARY_BY_NIGHT = "#a8623a"
THEME = {
    "light.primaryColor": PRIMARY_BY_DAY,
    "light.backgroundColor": PAPER_BY_DAY,
    "light.secondaryBackgroundColor": "#f1ebe1",
    "light.textColor": "#2b2622",
    "dark.primaryColor": PRIMARY_BY_NIGHT,
    "dark.backgroundColor": PAPER_BY_NIGHT,
    "dark.secondaryBackgroundColor": "#26211d",
    "dark.textColor": "#e9e2d8",
}
CHART_COLOURS = ("#c4672f", "#3f7fbf", "#2e8b57", "#9a6fb8", "#7a7a7a")
"""For marks: each has at least three times the contrast of either paper."""
