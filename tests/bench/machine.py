"""What the numbers were taken on."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
import torch

_PACKAGES = ("torch", "numba", "transformers", "ctranslate2", "tokenizers", "redis", "celery")


def machine() -> dict[str, str]:
    """In words, for the head of the report."""
    instructions = [name for name, has in torch.cpu.get_capabilities().items() if has is True]
    return {
        "CPU": _model_name(),
        "cores": f"{psutil.cpu_count(logical=False)} ({os.cpu_count()} threads)",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "vector instructions": " ".join(
            sorted(name for name in instructions if name.startswith(("avx", "amx", "sve", "neon")))
        ),
        **_gpu(),
        "torch threads": str(torch.get_num_threads()),
        "load before": ", ".join(f"{load:.2f}" for load in os.getloadavg()),
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {_version(name)}" for name in _PACKAGES),
        "command": " ".join(["python -m tests.bench", *sys.argv[1:]]),
    }


def _gpu() -> dict[str, str]:
    """The first one, which is the one that is used."""
    return {"GPU": torch.cuda.get_device_name(0)} if torch.cuda.is_available() else {}


def _model_name() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
