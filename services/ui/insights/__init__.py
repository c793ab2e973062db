"""The parts of the insights page."""
