"""What decides: the law and one slice an agreement, named by digest.

A bundle never changes. Each agreement has a policy set of its own, made of its own
clauses, and the statute is another: Cedar's cost grows with every policy in a set, and
an exclusion binds its own agreement only (docs/adr/0002, 0017). Nothing here reads a
file; bytes come in, and the digests are over exactly those bytes.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

import cedarpy

from agreements import durations
from agreements.bodies import Claim, claims_of
from agreements.model import Agreement
from agreements.values import epoch_s
from engine import canonical
from engine.clauses import Clauses, make_clauses
from engine.compile import Compiled
from engine.errors import BundleError
from engine.law import Law, listed, validate

_REMEMBERED_PAIRS = 65_536

SliceKey = tuple[str, str]
"""Agreement id and version."""


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """The text of one version of an agreement, and the exact bytes of its files.

    Attributes:
        policies_json: The clauses as Cedar.
        manifest: The canonical list of the law and the agreement's files.
    """

    agreement: Agreement
    agreement_json: bytes
    policies_json: bytes
    manifest: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """One version of one agreement: its outline, and when asked its clauses and its content.

    Attributes:
        key: Agreement id and version.
        agencies: Every agency that is or was among its parties.
        bound: The agencies it binds, and until when; instants in seconds.
        claims: What its parties say of their own status.
        confirmable: Conditions of the case that this agreement declares.
        lapses_s: When it ends for want of a review, if the text says how long the grace is.
        asks_consent: Whether some grant asks for consent against the duty of confidence.
        sha256: Digest of the manifest, which names the content.
        clauses: Gives what is put to Cedar.
        content: Gives the content; whoever keeps either elsewhere holds it to the digest.
    """

    key: SliceKey
    agencies: frozenset[str]
    bound: Mapping[str, int | None]
    claims: tuple[Claim, ...]
    version: tuple[int, ...]
    in_force_s: int
    expires_s: int | None
    review_s: int | None
    lapses_s: int | None
    confirmable: frozenset[str]
    asks_consent: bool
    sha256: str
    clauses: Callable[[], Clauses]
    content: Callable[[], Content]

    @property
    def agreement(self) -> Agreement:
        """The text."""
        return self.content().agreement

    @property
    def agreement_json(self) -> bytes:
        """The text in its one canonical form."""
        return self.content().agreement_json

    @property
    def policies_json(self) -> bytes:
        """The clauses as Cedar, the exact bytes."""
        return self.content().policies_json

    @property
    def manifest(self) -> bytes:
        """The canonical list of the law and the agreement's files."""
        return self.content().manifest


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """One immutable set of law and agreements, named by its digest.

    Attributes:
        slices: By agreement id and version.
        versions: By agreement id, every version of it, the latest first.
    """

    law: Law
    slices: Mapping[SliceKey, Slice]
    versions: Mapping[str, tuple[Slice, ...]]
    manifest: bytes
    sha256: str
    _by_agency: Mapping[str, Mapping[SliceKey, Slice]]
    _pairs: dict[tuple[str, str], tuple[Slice, ...]] = field(default_factory=dict)

    def between(self, holder: str, recipient: str) -> tuple[Slice, ...]:
        """Every agreement version that has both agencies among its parties, in order."""
        known = self._pairs.get((holder, recipient))
        if known is not None:
            return known
        ends = self._by_agency.get(holder, {}), self._by_agency.get(recipient, {})
        fewer, more = sorted(ends, key=len)
        found = tuple(fewer[key] for key in sorted(fewer) if key in more)
        if len(self._pairs) >= _REMEMBERED_PAIRS:
            self._pairs.clear()
        self._pairs[holder, recipient] = found
        return found

    def partners(self, agency: str) -> frozenset[str]:
        """Every agency that is or was among the parties of an agreement with one."""
        shared = self._by_agency.get(agency, {}).values()
        return frozenset().union(*(each.agencies for each in shared)) - {agency}

    def agencies(self) -> frozenset[str]:
        """Every agency of every agreement."""
        return frozenset(self._by_agency)


def check_strictly(law: Law, compiled: Compiled) -> None:
    """Validate an agreement's policies against the schema, before they may be published.

    Raises:
        BundleError: Cedar's strict validation finds a fault; the message names it.
    """
    text = cedarpy.policies_from_json_str(compiled.policies_json.decode())
    validate(f"agreement `{compiled.agreement.id}`", text, law.schema)


def cedar_text(compiled: Compiled) -> str:
    """Write an agreement's policies as Cedar text for people to read."""
    text = cedarpy.policies_from_json_str(compiled.policies_json.decode())
    return cedarpy.format_policies(text, line_width=100)


def make_slice(law: Law, compiled: Compiled) -> Slice:
    """Make of one agreement what is put to Cedar beside the statute.

    Raises:
        BundleError: Its policies cannot be read.
    """
    clauses = make_clauses(compiled.agreement, compiled.policies_json)
    content = make_content(law, compiled)
    sha256 = canonical.digest_hex(content.manifest)
    return outline(compiled.agreement, compiled.agencies, sha256, lambda: clauses, lambda: content)


def make_content(law: Law, compiled: Compiled) -> Content:
    """Put together the files of one version of an agreement."""
    return Content(
        agreement=compiled.agreement,
        agreement_json=compiled.agreement_json,
        policies_json=compiled.policies_json,
        manifest=_manifest(law, compiled),
    )


def _manifest(law: Law, compiled: Compiled) -> bytes:
    files = {"agreement.json": compiled.agreement_json, "policies.json": compiled.policies_json}
    return canonical.encode(
        {
            "v": 1,
            "agreement": {"id": compiled.agreement.id, "version": compiled.agreement.version},
            "law_sha256": law.sha256,
            "files": listed(files),
        }
    )


def outline(
    agreement: Agreement,
    agencies: frozenset[str],
    sha256: str,
    clauses: Callable[[], Clauses],
    content: Callable[[], Content],
) -> Slice:
    """Take from a text what is needed to know whether it may answer.

    Args:
        agencies: Every agency of its parties.
        sha256: Digest of its manifest.
        clauses: Gives what is put to Cedar.
        content: Gives the content.
    """
    return Slice(
        key=(agreement.id, agreement.version),
        agencies=agencies,
        bound=_bound(agreement),
        claims=claims_of(agreement),
        version=tuple(int(part) for part in agreement.version.split(".")),
        in_force_s=epoch_s(agreement.in_force_from) if agreement.in_force_from else 0,
        expires_s=epoch_s(agreement.end.on) if agreement.end and agreement.end.on else None,
        review_s=epoch_s(agreement.review_due) if agreement.review_due else None,
        lapses_s=_lapses_s(agreement),
        confirmable=frozenset(condition.id for condition in agreement.conditions),
        asks_consent=any(clause.confidence == "consent" for clause in agreement.clauses),
        sha256=sha256,
        clauses=clauses,
        content=content,
    )


def _bound(agreement: Agreement) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for party in agreement.parties:
        for agency, _, until in party.bindings:
            until_s = None if until is None else epoch_s(until)
            known = found.get(agency, until_s)
            found[agency] = None if known is None or until_s is None else max(known, until_s)
    return found


def _lapses_s(agreement: Agreement) -> int | None:
    if agreement.review_due is None or agreement.review_grace is None:
        return None
    return epoch_s(durations.after(agreement.review_due, agreement.review_grace))


def assemble(law: Law, slices: Iterable[Slice]) -> Bundle:
    """Put slices together into the bundle that decides.

    Raises:
        BundleError: Two slices are the same version of the same agreement.
    """
    by_key: dict[SliceKey, Slice] = {}
    versions: dict[str, list[Slice]] = {}
    by_agency: dict[str, dict[SliceKey, Slice]] = {}
    for each in slices:
        if each.key in by_key:
            raise BundleError(f"version {each.key[1]} of `{each.key[0]}` is there twice")
        by_key[each.key] = each
        versions.setdefault(each.key[0], []).append(each)
        for agency in each.agencies:
            by_agency.setdefault(agency, {})[each.key] = each
    named = [
        {"id": key[0], "version": key[1], "manifest_sha256": by_key[key].sha256}
        for key in sorted(by_key)
    ]
    manifest = canonical.encode({"v": 1, "law_sha256": law.sha256, "agreements": named})
    return Bundle(
        law=law,
        slices=by_key,
        versions={
            name: tuple(sorted(found, key=attrgetter("version"), reverse=True))
            for name, found in versions.items()
        },
        manifest=manifest,
        sha256=canonical.digest_hex(manifest),
        _by_agency=by_agency,
    )
