"""Tells the others what this worker's model is, as they have none. Knows neither jobs nor HTTP."""

import structlog

from services.worker.engine import Engine
from shared.joblog import JobLog, documents
from shared.joblog.documents import Document

log = structlog.get_logger()
REPORT = "evaluation/report.json"
"""Where the evaluation leaves it in a model's directory."""


class Publisher:
    def __init__(self, joblog: JobLog, engine: Engine) -> None:
        """Reads what is to be published now, before the engine has work."""
        self._joblog = joblog
        self._model_sha256 = engine.model_sha256
        self._contents = {Document.TOKENIZER: engine.tokenizer_json()}
        report = _report(engine)
        if report is not None:
            self._contents[Document.REPORT] = report
        self._published = False

    def publish(self) -> None:
        """Once, and again if Redis has lost it; else it is only kept for longer.

        Raises StoreUnavailableError.
        """
        if self._published and self._renewed():
            return
        self._joblog.run_all(
            [documents.publish(self._model_sha256, *item) for item in self._contents.items()]
        )
        self._published = True
        log.info("published", documents=list(self._contents))

    def _renewed(self) -> bool:
        renewals = [documents.renew(self._model_sha256, document) for document in self._contents]
        renewed: list[bool] = self._joblog.run_all(renewals)
        return all(renewed)


def _report(engine: Engine) -> str | None:
    path = engine.directory / REPORT
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        log.warning("report not read", path=str(path), error=str(error))
        return None
