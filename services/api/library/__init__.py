"""Stories as trees of passages: kept, told further, edited, exported. Knows no HTTP."""
