"""The vocabulary that every service speaks. Knows no service, no web framework and no model."""
