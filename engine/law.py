"""The law that every agreement is judged by: schema, statute and vocabulary.

Bytes come in, and the digests are over exactly those bytes. Each statute policy
is a ``forbid`` with its citation beside it, checked strictly against the schema
before it may stand in a bundle; none can open anything.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cedarpy

from agreements.vocabulary import Kind, Vocabulary
from engine import canonical
from engine.canonical import Json
from engine.cedar_tree import ANYTHING
from engine.errors import BundleError
from engine.judge import Judge, Policies, one_line

STATUTE = "statute/"
"""What the id of every statute policy begins with."""

_OPEN = {
    "effect": "permit",
    "principal": ANYTHING,
    "action": ANYTHING,
    "resource": ANYTHING,
    "conditions": [],
}
"""Stands beside the statute when it is asked by itself: Allow then says that no law forbids it."""


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """What every agreement is judged by: schema, statute and vocabulary.

    Attributes:
        schema: The Cedar schema, parsed.
        entities: The hierarchy of information, parsed.
        judge: Cedar, with both, and what it said lately.
        statute: Statute policies by id (``statute/<file>/<name>``), as Cedar JSON.
        policies: The same, to be put to Cedar; whatever none of them forbids, it allows.
        vocabulary: The terms, of one pinned version.
        categories: The single categories of information, groups left out.
        knows: Every word of the schema; what is none of them no policy can look at.
        files: The exact bytes all this was read from, by path.
        manifest: The canonical list of those files with their digests.
    """

    schema: cedarpy.Schema
    entities: cedarpy.Entities
    judge: Judge
    statute: Mapping[str, dict[str, Any]]
    policies: Policies
    vocabulary: Vocabulary
    categories: frozenset[str]
    knows: frozenset[str]
    files: Mapping[str, bytes]
    manifest: bytes
    sha256: str
    schema_sha256: str


def read_law(schema: bytes, statute: Mapping[str, bytes], vocabulary: Vocabulary) -> Law:
    """Read schema, statute and vocabulary, and check each statute policy strictly.

    Args:
        schema: Cedar schema text, UTF-8.
        statute: Cedar policy text by file name without its ending.
        vocabulary: The terms to judge by.

    Raises:
        BundleError: Something does not parse, does not validate against the
            schema, or a policy has no ``@id`` or is not a ``forbid``.
    """
    try:
        parsed = cedarpy.Schema.from_str(schema.decode())
        entities = cedarpy.Entities.from_json_str(json.dumps(_hierarchy(vocabulary)), parsed)
        policies = {}
        for name, text in sorted(statute.items()):
            validate(f"the statute `{name}`", text.decode(), parsed)
            policies.update(_statute_policies(name, text.decode()))
        standing_open = Policies.of({f"{STATUTE}nothing-forbids": _OPEN, **policies})
    except ValueError as fault:
        raise BundleError(f"the law does not parse: {one_line(fault)}") from fault
    files = {"concordat.cedarschema": schema, "vocabulary.json": vocabulary.source}
    files |= {f"statute/{name}.cedar": text for name, text in statute.items()}
    manifest = canonical.encode({"v": 1, "files": listed(files)})
    return Law(
        schema=parsed,
        entities=entities,
        judge=Judge(parsed, entities),
        statute=policies,
        policies=standing_open,
        vocabulary=vocabulary,
        categories=frozenset(vocabulary.leaves(Kind.INFORMATION)),
        knows=frozenset(re.findall(r"\w+", schema.decode())),
        files=files,
        manifest=manifest,
        sha256=canonical.digest_hex(manifest),
        schema_sha256=canonical.digest_hex(schema),
    )


def _hierarchy(vocabulary: Vocabulary) -> list[dict[str, Any]]:
    def uid(code: str) -> dict[str, str]:
        return {"type": "Information", "id": code}

    return [
        {
            "uid": uid(code),
            "attrs": {},
            "parents": [uid(group) for group in vocabulary.term(Kind.INFORMATION, code).within],
        }
        for code in vocabulary.codes(Kind.INFORMATION)
    ]


def _statute_policies(name: str, text: str) -> dict[str, dict[str, Any]]:
    found = {}
    for policy in json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values():
        own_id = policy.get("annotations", {}).get("id")
        if not own_id or policy["effect"] != "forbid":
            raise BundleError(f"in the statute `{name}` a policy has no `@id` or does not forbid")
        full_id = f"{STATUTE}{name}/{own_id}"
        policy["annotations"]["id"] = full_id
        found[full_id] = policy
    return found


def validate(what: str, text: str, schema: cedarpy.Schema) -> None:
    """Refuse policy text that Cedar's strict validation finds fault with."""
    result = cedarpy.validate_policies(text, schema)
    if not result.validation_passed:
        first = one_line(result.errors[0]) if result.errors else "no reason given"
        raise BundleError(f"{what} does not fit the schema: {first}")


def listed(files: Mapping[str, bytes]) -> list[Json]:
    """List files for a manifest: path, size in bytes and SHA-256, by path."""
    return [
        {"path": path, "bytes": len(files[path]), "sha256": canonical.digest_hex(files[path])}
        for path in sorted(files)
    ]
