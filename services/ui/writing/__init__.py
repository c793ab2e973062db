"""The parts of the writing page: what is pure in files of its own, what draws in others."""
