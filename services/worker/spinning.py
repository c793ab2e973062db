"""How long a thread that has nothing to compute spins before it sleeps. Imports nothing: torch
reads this once, when it is imported."""

ENVIRONMENT = {"GOMP_SPINCOUNT": "2000"}
"""Measured when every layer of a step was a call of its own, with pauses between: with 16 streams
the whole service wrote 520 tokens/s, against 410 without any spinning (and 69 against 49 with one).
Longer is better for few streams alone, and worse for whoever shares the cores: without a bound, 30
tokens/s of 8 streams against 135.
"""
