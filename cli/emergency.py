"""What was shared because it could not wait: recording it, and reviewing it afterwards."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import files, output
from cli.as_of import AsOf
from cli.exits import Exit, UsageError
from cli.options import AsJson, At, KnownAt, OfficeFolder, instant, opened

if TYPE_CHECKING:
    from engine.service.emergencies import EmergencyCase

emergency = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Record what was shared because it could not wait; never a permit, and always reviewed.",
)


# Any: an option for Typer to read.
def _said(name: str, words: str) -> Any:
    return typer.Option(name, metavar="WORDS", help=words, show_default=False)


File = Annotated[
    str | None,
    typer.Argument(metavar="FILE", help="It as JSON, `-` for standard input.", show_default=False),
]
From = Annotated[str | None, _said("--from", "The agency that gave.")]
To = Annotated[str | None, _said("--to", "The agency that received.")]
Information = Annotated[
    list[str] | None, _said("--information", "A category of information; repeat it.")
]
About = Annotated[list[str] | None, _said("--about", "A kind of person it is about; repeat it.")]
Shared = Annotated[str | None, _said("--shared", "What was shared; hidden in the record.")]
With = Annotated[str | None, _said("--with", "Who received it; hidden in the record.")]
Why = Annotated[str | None, _said("--why", "Why it could not wait; hidden in the record.")]
RoleOf = Annotated[str | None, _said("--role", "The role of whoever shared it.")]
Happened = Annotated[str | None, _said("--at", "When, as a UTC instant; now unless said.")]
By = Annotated[str | None, _said("--by", "Who it was; hidden in the record.")]
ReviewedBy = Annotated[str | None, _said("--by", "Who reviews; hidden in the record.")]
Subject = Annotated[str | None, _said("--subject", "Whom it is about; hidden in the record.")]
CaseReference = Annotated[
    str | None, _said("--case-reference", "The case it belongs to; hidden in the record.")
]
Unreviewed = Annotated[bool, typer.Option("--unreviewed", help="Only what nobody has reviewed.")]
Jti = Annotated[str, typer.Argument(metavar="JTI", help="The record of the emergency.")]
Finding = Annotated[
    str, typer.Option("--finding", metavar="WORDS", help="What was found; hidden in the record.")
]
Reviewer = Annotated[
    str, typer.Option("--role", metavar="WORDS", help="The office held by whoever reviews.")
]


@emergency.command("record")
def record(
    file: File = None,
    *,
    holder: From = None,
    recipient: To = None,
    information: Information = None,
    about: About = None,
    shared: Shared = None,
    shared_with: With = None,
    why: Why = None,
    role: RoleOf = None,
    at: Happened = None,
    by: By = None,
    subject: Subject = None,
    case_reference: CaseReference = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Record what was shared in an emergency; nothing is asked and nothing is permitted."""
    given = {
        "from": holder,
        "to": recipient,
        "information": information,
        "about": about,
        "shared": shared,
        "shared_with": shared_with,
        "why": why,
        "role": role,
        "at": at,
        "by": by,
        "subject": subject,
        "case_reference": case_reference,
    }
    given = {name: said for name, said in given.items() if said}
    if (file is None) is (not given):
        raise UsageError("say it in a file or with options, one of both", hint="--from, --to …")
    document = json.dumps(given).encode()
    if file is not None:
        document = files.read(file, what="an emergency in JSON")
    made = opened(office).emergencies.record(document)
    if as_json:
        output.document_json(asdict(made))
        return Exit.DONE
    output.say(f"{output.paint('good', '✓')} emergency {made.jti}, entry {made.index} of the log")
    output.note("it is no permit; your data-protection officer sees it until it is reviewed")
    return Exit.DONE


@emergency.command("list")
def listing(
    *,
    unreviewed: Unreviewed = False,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """List the emergencies on record, newest first."""
    when = AsOf(instant(at), instant(known_at, "--known-at"))
    cases = opened(office).emergencies.list(unreviewed=unreviewed, known_at=when.recorded)
    if as_json:
        output.document_json([asdict(case) for case in cases])
        return Exit.DONE
    when.tell()
    if not cases:
        output.note("no emergency waits for review" if unreviewed else "no emergency is on record")
    for case in cases:
        _show(case)
    return Exit.DONE


@emergency.command("review")
def review(
    jti: Jti,
    *,
    finding: Finding,
    role: Reviewer,
    by: ReviewedBy = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Record that an emergency was looked at, and what was found; once."""
    made = opened(office).emergencies.review(jti, finding=finding, role=role, by=by)
    if as_json:
        output.document_json(asdict(made) | {"of": jti})
        return Exit.DONE
    tick = output.paint("good", "✓")
    output.say(f"{tick} emergency {jti} is reviewed: record {made.jti}")
    return Exit.DONE


def _show(case: "EmergencyCase") -> None:
    state, style = ("reviewed", "good") if case.review else ("to review", "warn")
    output.say(
        f"  {output.paint(style, state.ljust(10))} {output.paint('quiet', _when(case.at))}"
        f"  {case.jti}"
    )
    rows = [
        ("from", f"{case.holder} to {case.recipient}, by {case.by or 'somebody'}, {case.role}"),
        ("shared", f"{', '.join(case.information)}: {case.shared or 'erased'}"),
        ("with", case.shared_with or "erased"),
        ("why", case.why or "erased"),
    ]
    if case.review:
        rows.append(("found", f"{case.review.finding or 'erased'} ({case.review.role})"))
    for label, said in rows:
        output.tell(said, indent=22, first=" " * 13 + output.paint("quiet", label.ljust(9)))


def _when(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
