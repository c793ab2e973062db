"""Settings of a worker."""

import os
import socket
from pathlib import Path
from typing import Literal

from pydantic import Field

from shared.settings import Settings


class WorkerSettings(Settings):
    """From the environment or `.env`; see `.env.example`."""

    worker_id: str = Field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}")
    metrics_port: int | None = Field(
        default=None, ge=1, le=65_535, description="where Prometheus finds this worker's metrics"
    )
    slots: int = Field(default=16, ge=1, le=256, description="stories written at a time")
    dtype: Literal["auto", "float32", "bfloat16", "float16", "int8"] = "auto"
    torch_threads: int | None = Field(
        default=None, ge=1, description="default: one for a small model, else all cores"
    )
    prefill_token_budget: int = Field(
        default=64, ge=16, description="most prompt tokens read in one step"
    )
    quantum: int = Field(
        default=128,
        ge=0,
        description="tokens after which a story lets others have its slot; 0: never",
    )
    stream_interval_ms: int = Field(
        default=50,
        ge=0,
        le=1_000,
        description="milliseconds for which a story's tokens are held back, to be told together; "
        "0: each at once",
    )
    alive_path: Path | None = Field(
        default=None, description="touched with every heartbeat, for `services.worker.alive`"
    )
