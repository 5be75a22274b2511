"""How an office stands, and where one agreement stands: who signed, what is open, what it asks."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.as_of import AsOf
from cli.exits import Exit
from cli.options import AsJson, At, KnownAt, OfficeFolder, instant, opened
from cli.sync_screen import held_back_json, show_held_back, show_sync, sync_json

if TYPE_CHECKING:
    from engine.service import Office
    from engine.service.stand import Stand
    from engine.service.status import AgreementRow, StatusReport

One = Annotated[
    str | None,
    typer.Argument(metavar="ID", help="Only this agreement, in full.", show_default=False),
]
_STATES = {
    "in_force": "good",
    "signed": "good",
    "overdue": "warn",
    "suspended": "warn",
    "sent_back": "warn",
    "ended": "quiet",
    "superseded": "quiet",
    "published": "name",
    "proposed": "name",
    "draft": "name",
}


def status(
    agreement: One = None,
    *,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Show each agreement and who has signed it, the log, and the keys; or one in full."""
    here = opened(office)
    if agreement is not None:
        when = AsOf(instant(at), instant(known_at, "--known-at"))
        return _one(here, agreement, when, as_json=as_json)
    known = instant(known_at, "--known-at")
    report, shared = here.status(at=instant(at), known_at=known), here.sync.report()
    if as_json:
        output.document_json(_as_json(report) | {"shared": sync_json(shared)})
        return Exit.DONE
    who = report.office
    output.say(f"{output.paint('strong', who.name)}  {output.paint('quiet', who.issuer)}")
    for row in report.agreements:
        _show(row)
    if not report.agreements:
        output.say()
        output.tell("no agreement yet: concordat new ID --title …", indent=2, first="  ")
    output.say()
    counts = ", ".join(f"{number} {outcome}" for outcome, number in report.outcomes.items())
    output.say(
        f"  {output.paint('quiet', 'log ')}  {report.size} records" + (f": {counts}" * bool(counts))
    )
    valid = sum(key.valid for key in report.keys)
    then = "then" if at else "now"
    version = f"trust root version {report.trust_version}"
    shown = f"{valid} of {len(report.keys)} speak {then}; {version}"
    output.say(f"  {output.paint('quiet', 'keys')}  {shown}")
    as_known = f", as known on {_instant(report.known_at)}" if report.known_at else ""
    output.say(f"  {output.paint('quiet', 'law ')}  bundle {report.bundle_sha256}")
    if at or known_at:
        output.say(f"        as of {_instant(report.at)}{as_known}")
    show_sync(shared, here.premises.now())
    for key, why in report.held_back.items():
        show_held_back(key, why)
    for number, said in (
        (report.open_cases, "answers that wait for a person (concordat refer list)"),
        (report.unreviewed, "emergencies to review (concordat emergency list --unreviewed)"),
    ):
        if number:
            output.say(f"  {output.paint('warn', 'to do')} {said}: {number}")
    return Exit.DONE


def _one(here: "Office", agreement: str, when: AsOf, *, as_json: bool) -> int:
    """Show where each version of one agreement stands."""
    stands = here.lifecycle.versions(agreement, at=when.at, known_at=when.known_at)
    altered = "" if when.asked else here.author.altered(agreement)
    if as_json:
        from engine.service.documents import stand_document

        bundle = here.shelf.at(when.known_at).bundle.sha256
        versions = [
            stand_document(each) | {"draft_differs": each.key[1] == altered} for each in stands
        ]
        output.document_json({"versions": versions} | when.as_json(bundle))
        return Exit.DONE
    for each in stands:
        _show_stand(each)
        if each.key[1] == altered:
            _show_differs(indent=2)
    when.tell(here.shelf.at(when.known_at).bundle.sha256)
    return Exit.DONE


def _show_differs(*, indent: int) -> None:
    label = " " * indent + output.paint("warn", "! ")
    said = "its draft says something else than the text that was fixed: `concordat check` says more"
    output.tell(said, indent=indent + 2, first=label)


def _show_stand(each: "Stand") -> None:
    from engine.service.stand import instant as moment

    state = each.state.value
    named = output.paint("name", f"{each.key[0]} {each.key[1]}")
    output.say(f"{named}  {output.paint(_STATES.get(state, 'bad'), state.replace('_', ' '))}")
    for signed in each.signatures.valid:
        who = f"{signed.party} as {signed.role}" + (f", by {signed.deputy}" * bool(signed.deputy))
        on = _instant(moment(signed.iat))
        output.tell(f"{who}, {on}", indent=4, first=f"  {output.paint('good', '✓')} ")
    if each.signatures.valid:
        output.say("    " + output.paint("quiet", f"text {each.terms_sha256}"))
    for change, parties in each.changes_signed.items():
        by = f" signed by {', '.join(parties)}" if len(each.changes_signed) > 1 else ""
        output.say("    " + output.paint("quiet", f"change {change}{by}"))
    for seat in each.missing:
        said = f"{seat.agency} as {seat.role} has still to sign"
        output.tell(said, indent=4, first=f"  {output.paint('warn', '·')} ")
    for name, fault in each.signatures.faults.items():
        output.tell(f"{name}: {fault}", indent=4, first=f"  {output.paint('bad', '✗')} ")
    for done in each.acts:
        on = _instant(moment(done.from_s))
        said = f"{done.act} by {done.party} as {done.role}, from {on}"
        output.tell(said, indent=4, first=f"  {output.paint('warn', '!')} ")
        if done.said:
            output.tell(done.said, indent=6, first="      ")
    for later in each.to_come:
        output.tell(later, indent=4, first=f"  {output.paint('warn', '»')} ")
    if each.held_back:
        label = "  " + output.paint("warn", "not taken in: ")
        output.tell(f"{each.held_back}; what it says needs a new version", indent=4, first=label)
    acts = ", ".join(each.possible)
    output.tell(acts or "nothing", indent=4, first="    " + output.paint("quiet", "possible: "))


def _show(row: "AgreementRow") -> None:
    state = row.state.replace("_", " ")
    output.say()
    named = output.paint("name", f"{row.id} {row.version}".strip())
    output.say(f"  {named}  {output.paint(_STATES.get(row.state, 'bad'), state)}")
    if row.fault:
        output.tell(row.fault, indent=4, first="    ", style="bad")
        return
    output.tell(row.title, indent=4, first="    ")
    if row.signed_by:
        output.tell(f"signed by {', '.join(row.signed_by)}", indent=4, first="    ", style="quiet")
    if row.missing:
        missing = ", ".join(row.missing)
        label = "    " + output.paint("warn", "still to sign: ")
        output.tell(missing, indent=6, first=label)
    if row.draft_differs:
        _show_differs(indent=4)
    dates = [
        f"{word} {_instant(at)}"
        for word, at in (("in force from", row.in_force_from), ("review due", row.review_due))
        if at is not None
    ]
    if dates:
        output.tell(", ".join(dates), indent=4, first="    ", style="quiet")
    for later in row.to_come:
        output.tell(later, indent=4, first="    ", style="warn")


def _instant(at: datetime) -> str:
    from agreements.values import format_instant

    return format_instant(at)


def _as_json(report: "StatusReport") -> dict[str, Any]:  # Any: JSON.
    return {
        "office": {
            "agency": report.office.agency,
            "name": report.office.name,
            "issuer": report.office.issuer,
            "log": report.office.log,
        },
        "agreements": [
            {
                "id": row.id,
                "version": row.version,
                "title": row.title,
                "state": row.state,
                "signed_by": list(row.signed_by),
                "missing": list(row.missing),
                "in_force_from": _or_none(row.in_force_from),
                "review_due": _or_none(row.review_due),
                "fault": row.fault or None,
                "draft_differs": row.draft_differs,
                "to_come": list(row.to_come),
            }
            for row in report.agreements
        ],
        "log": {"size": report.size, "root": report.root, "outcomes": dict(report.outcomes)},
        "trust_version": report.trust_version,
        "keys": len(report.keys),
        "not_taken": held_back_json(report.held_back),
        "open_cases": report.open_cases,
        "unreviewed": report.unreviewed,
        "bundle": f"sha256:{report.bundle_sha256}",
        "as_of": _instant(report.at),
        "known_at": _or_none(report.known_at),
    }


def _or_none(at: datetime | None) -> str | None:
    return None if at is None else _instant(at)
