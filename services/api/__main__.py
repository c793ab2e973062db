"""`python -m services.api`: serve until told to stop."""

from services.api.app import create_app
from services.api.server import make_server
from services.api.settings import ApiSettings
from shared.logs import configure_logging


def main() -> None:
    settings = ApiSettings()
    configure_logging(settings, service="api")
    make_server(create_app(settings), settings).run()


if __name__ == "__main__":
    main()
