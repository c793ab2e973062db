"""`python -m services.api`: serve until told to stop."""

import logging

from services.api.app import create_app
from services.api.server import make_server
from services.api.settings import ApiSettings
from shared.logs import configure_logging
from shared.settings import load_settings


def main() -> None:
    settings = load_settings(ApiSettings)
    configure_logging(settings, service="api")
    # Every token still under way to a reader who hung up would be a warning.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    make_server(create_app(settings), settings).run()


if __name__ == "__main__":
    main()
