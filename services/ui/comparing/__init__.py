"""The parts of the comparing page."""
