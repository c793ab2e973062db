"""Resolves docker-compose files as `docker compose config` does: variables, overlays, profiles."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

GPU = Path("infra/compose/gpu.yml")
FILE = Path("docker-compose.yml")
_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?:(:?[-?])([^}]*))?\})")


@dataclass(frozen=True, slots=True)
class Composition:
    services: dict[str, dict[str, Any]]
    secrets: dict[str, Path]
    """Name and file on the host."""
    networks: dict[str, dict[str, Any]]
    volumes: dict[str, Any]
    variables: frozenset[str] = field(default=frozenset())
    """Every variable that the files ask for."""


def resolve(
    files: Sequence[Path] = (FILE,),
    env: Mapping[str, str] | None = None,
    profiles: Sequence[str] = (),
) -> Composition:
    """Raises KeyError for a variable that is required and not given."""
    asked: set[str] = set()
    merged: dict[str, Any] = {}
    for path in files:
        merged = _merge(merged, _filled(yaml.safe_load(path.read_text()), env or {}, asked))
    services = {
        name: service
        for name, service in merged["services"].items()
        if not service.get("profiles") or set(service["profiles"]) & set(profiles)
    }
    secrets = {name: Path(secret["file"]) for name, secret in merged["secrets"].items()}
    return Composition(services, secrets, merged["networks"], merged["volumes"], frozenset(asked))


def mounts(service: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Source on the host, or a volume's name, and target of each."""
    pairs = [mount.split(":")[:2] for mount in service.get("volumes", ())]
    return [(source, target) for source, target in pairs]


def _filled(node: Any, env: Mapping[str, str], asked: set[str]) -> Any:
    if isinstance(node, dict):
        return {key: _filled(value, env, asked) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, env, asked) for value in node]
    if not isinstance(node, str):
        return node

    def value(match: re.Match[str]) -> str:
        dollar, name, kind, rest = match.groups()
        if dollar:
            return "$"
        asked.add(name)
        given = env.get(name)
        if given or (given is not None and kind and not kind.startswith(":")):
            return given
        if kind and kind.endswith("?"):
            raise KeyError(f"{name}: {rest}")
        return rest or ""

    return _VARIABLE.sub(value, node)


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            merged[key] = _merge(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            merged[key] = [*known, *value]
        else:
            merged[key] = value
    return merged
