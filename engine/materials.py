"""The materials beside a record: each byte reached by digest from what was signed.

Promises that the bytes handed out are the ones a manifest lists, and that none
are left over. Reads the text of an agreement only for parties and dates; what
its clauses mean is for `engine.replay`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from agreements import durations
from engine import canonical, shape
from engine.canonical import digest_hex
from engine.errors import ProofError, RecordError
from engine.proof import MAX_BYTES

Key: TypeAlias = "tuple[str, str]"
"""Agreement id and version."""

AUTHORISED: Final = "authorised-signatory"
"""Who signs for a party that names nobody, as `agreements.signatories` has it."""

SCHEMA: Final = "concordat.cedarschema"
STATUTE: Final = "statute/"
_FILES = shape.listed(
    shape.members({"path": shape.LINE, "bytes": shape.whole(), "sha256": shape.SHA256})
)
_LAW_MANIFEST = shape.members({"v": shape.one_of(1), "files": _FILES})
_AGREEMENT_MANIFEST = shape.members(
    {
        "v": shape.one_of(1),
        "agreement": shape.members({"id": shape.IDENTIFIER, "version": shape.VERSION}),
        "law_sha256": shape.SHA256,
        "files": _FILES,
    }
)
_AGREEMENT_FILES = ["agreement.json", "policies.json"]


@dataclass(frozen=True, slots=True)
class Party:
    """A party by its agencies, and at which end of a disclosure they may stand.

    Attributes:
        roles: The offices that sign for each of them.
        until: By agency, the instant from which it is no longer bound.
    """

    id: str
    agencies: frozenset[str]
    gives: bool
    receives: bool
    roles: tuple[str, ...]
    until: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Text:
    """What the text of one version says of parties and dates; instants in seconds, half-open."""

    key: Key
    state: str
    json: bytes
    sha256: str
    manifest_sha256: str
    parties: tuple[Party, ...]
    policies: frozenset[str]
    in_force_s: int
    expires_s: int | None
    review_s: int | None
    lapses_s: int | None

    def joins(self, holder: str, recipient: str) -> bool:
        """Whether the one may give and the other receive under it, at whatever time."""
        gives = any(party.gives and holder in party.agencies for party in self.parties)
        return gives and any(p.receives and recipient in p.agencies for p in self.parties)


class Offered:
    """The materials, each ticked off once the record has led to it."""

    def __init__(self, materials: Mapping[str, bytes]) -> None:
        self._materials = materials
        self._rest = set(materials)

    def take(self, name: str, sha256: str, *, size: int | None = None) -> bytes:
        """Hand out the material of that name and digest, or refuse."""
        data = self._materials.get(name)
        if data is None:
            raise ProofError(f"material `{name}` is missing")
        if digest_hex(data) != sha256 or size not in (None, len(data)):
            raise ProofError(
                f"material `{name}` is not the one that was signed for",
                hint=f"its SHA-256 is {digest_hex(data)}; expected was {sha256}",
            )
        self._rest.discard(name)
        return data

    def refuse_rest(self) -> None:
        """Refuse what nothing signed has led to: it could only mislead."""
        if self._rest:
            raise ProofError(f"material `{min(self._rest)}` is nothing that the record leads to")


# Any, here and below: the shape is checked in the next line, which mypy cannot see.
def _read(name: str, data: bytes, check_shape: shape.Check | None = None) -> Any:
    try:
        document: Any = canonical.parse_canonical(data, max_bytes=MAX_BYTES)
        if check_shape is not None:
            check_shape(document, "")
    except RecordError as fault:
        raise ProofError(f"material `{name}` cannot be read: {fault}") from fault
    return document


def take_text(named: Mapping[str, str], law_sha256: str, offered: Offered) -> Text:
    """Take one agreement from the materials.

    Args:
        named: How the record names it: `id`, `version`, `manifest_sha256`, and a
            decision its `state`.
        law_sha256: The law it must stand under.
        offered: The materials.

    Raises:
        ProofError: A part is missing, is another one, or is not written as it must be.
    """
    key = named["id"], named["version"]
    folder = f"agreements/{key[0]}/{key[1]}/"
    name = folder + "manifest.json"
    manifest = _read(name, offered.take(name, named["manifest_sha256"]), _AGREEMENT_MANIFEST)
    files = {listed["path"]: listed for listed in manifest["files"]}
    stated = manifest["agreement"]
    if (stated["id"], stated["version"]) != key or sorted(files) != _AGREEMENT_FILES:
        raise ProofError(f"material `{name}` is the manifest of something else")
    if manifest["law_sha256"] != law_sha256:
        raise ProofError(f"`{key[0]}` {key[1]} stands under another law than the record names")
    data = {
        path: offered.take(folder + path, listed["sha256"], size=listed["bytes"])
        for path, listed in files.items()
    }
    policies = _read(folder + "policies.json", data["policies.json"])
    agreement = _read(folder + "agreement.json", data["agreement.json"])
    try:
        if (agreement["id"], agreement["version"]) != key:
            raise ProofError(f"material `{folder}agreement.json` is the text of something else")
        return Text(
            key=key,
            state=named.get("state", ""),
            json=data["agreement.json"],
            sha256=files["agreement.json"]["sha256"],
            manifest_sha256=named["manifest_sha256"],
            parties=tuple(_party(party) for party in agreement["parties"]),
            policies=frozenset(policies["staticPolicies"]),
            in_force_s=_instant(agreement.get("in_force_from")) or 0,
            expires_s=_instant(agreement.get("end", {}).get("on")),
            review_s=_instant(agreement.get("review_due")),
            lapses_s=_lapses_s(agreement),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as fault:
        raise ProofError(f"`{key[0]}` {key[1]} is not written as an agreement is") from fault


def _party(party: Mapping[str, Any]) -> Party:
    ends = {party["id"]: [party.get("until")]}
    if party.get("class_of") is not None:
        members = party.get("members", [])
        ends = {each["agency"]: [party.get("until"), each.get("until")] for each in members}
    until = {
        who: [at for at in map(_instant, said) if at is not None] for who, said in ends.items()
    }
    direction = party.get("direction", "both")
    return Party(
        id=party["id"],
        agencies=frozenset(ends),
        gives=direction != "receive",
        receives=direction != "provide",
        roles=tuple(each["role"] for each in party.get("signatories", ())) or (AUTHORISED,),
        until={who: min(found) for who, found in until.items() if found},
    )


def _instant(text: str | None) -> int | None:
    """Read a date (its first second, UTC) or a UTC instant, as agreements write them."""
    if text is None:
        return None
    return int(datetime.fromisoformat(f"{text}T00:00:00Z" if len(text) == 10 else text).timestamp())


# Any: read member by member; what is not there or malformed is told by the caller.
def _lapses_s(agreement: Mapping[str, Any]) -> int | None:
    due, grace = _instant(agreement.get("review_due")), agreement.get("review_grace")
    if due is None or grace is None:
        return None
    return int(durations.after(datetime.fromtimestamp(due, UTC), grace).timestamp())


def take_law(policy: Mapping[str, Any], offered: Offered) -> None:
    """Take the law from the materials.

    Args:
        policy: How the record names it: `manifest_sha256` and `schema_sha256`.
        offered: The materials.

    Raises:
        ProofError: A part is missing, is another one, or is not written as it must be.
    """
    name = "law/manifest.json"
    manifest = _read(name, offered.take(name, policy["manifest_sha256"]), _LAW_MANIFEST)
    for listed in manifest["files"]:
        offered.take(f"law/{listed['path']}", listed["sha256"], size=listed["bytes"])
    if (SCHEMA, policy["schema_sha256"]) not in (
        (listed["path"], listed["sha256"]) for listed in manifest["files"]
    ):
        raise ProofError("the schema the record names is not the one in the law")
