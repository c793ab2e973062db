"""From raw books to a dataset of tales, in steps that can each be run and looked at alone."""
