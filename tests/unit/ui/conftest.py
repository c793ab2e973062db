"""The fake API and a client of it, with short patience so that tests of silence are quick."""

from tests.unit.shared.client.conftest import api, client, served_api, settings

__all__ = ["api", "client", "served_api", "settings"]
