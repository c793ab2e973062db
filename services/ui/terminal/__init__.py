"""`once`: the service in a terminal."""
