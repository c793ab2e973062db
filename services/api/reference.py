"""The API's OpenAPI description as a page to read.

`python -m services.api.reference > docs/reference.md`. Knows how OpenAPI is put together,
and of this API nothing.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.api.app import create_app
from services.api.settings import ApiSettings

Node = Mapping[str, Any]
BOUNDS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minLength": "length ≥ {}",
    "maxLength": "length ≤ {}",
    "minItems": "items ≥ {}",
    "maxItems": "items ≤ {}",
}


def page(openapi: Node) -> str:
    """Markdown: every call under its tag, then every schema."""
    return "\n".join([*_calls(openapi), *_schemas(openapi)]) + "\n"


def _calls(openapi: Node) -> Iterator[str]:
    yield "# API reference"
    yield "\nMade from `/openapi.json` by `python -m services.api.reference`, not edited by hand."
    by_tag: dict[str, list[tuple[str, Node]]] = {}
    for path, methods in openapi["paths"].items():
        for method, call in methods.items():
            by_tag.setdefault(call["tags"][0], []).append((f"{method.upper()} {path}", call))
    for tag, calls in by_tag.items():
        yield f"\n## {tag.capitalize()}"
        for name, call in calls:
            yield from _call(name, call)


def _call(name: str, call: Node) -> Iterator[str]:
    yield f"\n### `{name}`"
    if "description" in call:
        yield f"\n{call['description']}"
    if "requestBody" in call:
        yield f"\nBody: {_content(call['requestBody'])}."
    if parameters := call.get("parameters"):
        yield "\n| parameter | in | type | default | meaning |\n|---|---|---|---|---|"
        for each in parameters:
            yield _row(f"`{each['name']}`", each["in"], *_traits(each["schema"], each["required"]))
    yield "\n| answer | body | when |\n|---|---|---|"
    for status, answer in sorted(call["responses"].items()):
        yield _row(status, _content(answer), _when(answer))


def _content(holder: Node) -> str:
    """What it holds, by media type where that is not JSON."""
    kinds = []
    for media, content in holder.get("content", {}).items():
        schema = content.get("schema", {})
        plain = media in ("application/json", "application/problem+json") and schema
        kinds.append(_type(schema) if plain else f"`{media}`")
    return " or ".join(dict.fromkeys(kinds))


def _when(answer: Node) -> str:
    contents = answer.get("content", {}).values()
    codes = [code for content in contents for code in content.get("examples", {})]
    return ", ".join(f"`{code}`" for code in codes) or answer["description"]


def _schemas(openapi: Node) -> Iterator[str]:
    yield "\n## Schemas"
    for name, schema in sorted(openapi["components"]["schemas"].items()):
        yield f"\n### {name}"
        if "description" in schema:
            yield f"\n{schema['description']}"
        if "properties" not in schema:
            yield f"\n{_type(schema)}"
            continue
        yield "\n| field | type | default | meaning |\n|---|---|---|---|"
        required = schema.get("required", ())
        for field, kind in schema["properties"].items():
            yield _row(f"`{field}`", *_traits(kind, field in required))


def _traits(schema: Node, required: bool) -> tuple[str, str, str]:
    if required:
        default = "required"
    else:
        default = f"`{_json(schema['default'])}`" if "default" in schema else ""
    return _type(schema), default, schema.get("description", "")


def _type(schema: Node) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema or "oneOf" in schema:
        return " or ".join(_type(each) for each in schema.get("anyOf") or schema["oneOf"])
    if "enum" in schema:
        return ", ".join(f"`{_json(value)}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{_json(schema['const'])}`"
    name = schema.get("type", "any")
    if name == "array" and "items" in schema:
        name = f"list of {_type(schema['items'])}"
    elif name == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        name = f"object of {_type(schema['additionalProperties'])}"
    bounds = [text.format(schema[key]) for key, text in BOUNDS.items() if key in schema]
    return f"{name} ({', '.join(bounds)})" if bounds else name


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _row(*cells: str) -> str:
    return f"| {' | '.join(_cells(cells))} |"


def _cells(cells: Iterable[str]) -> Iterator[str]:
    return (" ".join(cell.split()).replace("|", "\\|") for cell in cells)


def main() -> None:
    sys.stdout.write(page(create_app(ApiSettings(development=True)).openapi()))


if __name__ == "__main__":
    main()
