"""Saying what a new version of the trust root changes, for people and as JSON."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli import output
from cli.exits import Exit

if TYPE_CHECKING:
    from engine.service.keyring import KeyRow
    from engine.service.succession import Prepared


def told(prepared: "Prepared", *, as_json: bool) -> int:
    """Show a version that was prepared or signed, and what to do next."""
    if as_json:
        output.document_json(as_json_version(prepared))
        return Exit.DONE
    show(prepared)
    if prepared.is_current:
        output.note(
            "the trust root has a new version: give trust.json to whoever checks your records"
        )
    else:
        output.note("next: `concordat push`; another root holder signs: `concordat keys root sign`")
    return Exit.DONE


def show(prepared: "Prepared") -> None:
    """Show what a version changes, and who signed it."""
    version = prepared.root.version
    if prepared.is_current:
        output.say(f"{output.paint('good', '✓')} version {version} of the trust root counts")
    else:
        more = "1 more root holder signs" if prepared.missing == 1 else (
            f"{prepared.missing} more root holders sign"
        )  # fmt: skip
        output.say(
            f"{output.paint('warn', '?')} version {version} of the trust root waits until {more}"
        )
    for sentence in prepared.changes.sentences() or ["nothing"]:
        output.tell(sentence, indent=4, first="  - ")
    output.tell(", ".join(prepared.signers) or "nobody yet", indent=13, first="  signed by  ")


def as_json_version(prepared: "Prepared") -> dict[str, Any]:  # Any: JSON.
    """A version that was prepared or signed, for a machine."""
    changes = prepared.changes.claims()
    return {
        "version": prepared.root.version,
        "sha256": prepared.root.sha256,
        "current": prepared.is_current,
        "missing": prepared.missing,
        "signed_by": list(prepared.signers),
        "changes": {name: said for name, said in changes.items() if name != "root"},
        "said": prepared.changes.sentences(),
    }


def day(at_s: int) -> str:
    """A date."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d")


def as_json_row(row: "KeyRow") -> dict[str, Any]:  # Any: JSON.
    """One key, for a machine."""
    names = (
        "kid", "role", "owner", "name", "valid_from", "valid_to", "revoked_from", "reason",
        "valid", "held",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names}
