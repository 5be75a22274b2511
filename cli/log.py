"""Looking into the log: its records, its signed head, and the proof of one record."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import files, output
from cli.as_of import AsOf
from cli.exits import Exit, UsageError
from cli.options import AsJson, At, KnownAt, OfficeFolder, instant, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.service.audit import LogReport
    from engine.service.evidence import EntryRow

log = typer.Typer(
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many to list.")]
Kind = Annotated[
    str | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="Only records of this kind, such as `decision`.",
        show_default=False,
    ),
]
Head = Annotated[bool, typer.Option("--checkpoint", help="Print the signed head of the log.")]
Recompute = Annotated[bool, typer.Option("--check", help="Recompute the whole log and compare.")]
Jti = Annotated[str, typer.Argument(metavar="JTI", help="The record's number.")]
Level = Annotated[
    int,
    typer.Option(
        "--level",
        metavar="N",
        min=1,
        max=4,
        help="1 question and answer, 2 and policies, 3 and other information, 4 and the software.",
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="INSTANT",
        help="Only what was decided from then on: a date or an instant.",
        show_default=False,
    ),
]
Start = Annotated[
    int | None,
    typer.Option(
        "--from",
        metavar="PLACE",
        min=0,
        help="Begin at this place in the log; go on so where the last run ended.",
        show_default=False,
    ),
]
Most = Annotated[
    int | None,
    typer.Option(
        "--limit", metavar="N", min=1, help="The most that are written.", show_default=False
    ),
]
Persons = Annotated[
    bool,
    typer.Option("--persons", help="Also who asked, about whom, and what they wrote freely."),
]
Out = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; `-` for stdout.")
]


@log.callback(invoke_without_command=True)
def listing(
    context: typer.Context,
    *,
    limit: Limit = 20,
    kind: Kind = None,
    checkpoint: Head = False,
    check: Recompute = False,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """List the newest records, print the log's signed head, or check all of it.

    With `--check`, ends with 4 if anything in the log is not as it was written.
    """
    if context.invoked_subcommand is not None:
        return Exit.DONE
    if checkpoint and check:
        raise UsageError("choose one of `--checkpoint` and `--check`", hint="run it twice")
    when = AsOf(instant(at), instant(known_at, "--known-at"))
    if (checkpoint or check) and when.asked:
        raise UsageError(
            "the signed head and the check are of the log as it is now",
            hint="leave `--at` and `--known-at` out",
        )
    if kind is not None:
        _refuse_unknown(kind)
    here = opened(office)
    if checkpoint:
        note = here.evidence.checkpoint()
        if as_json:
            output.document_json({"checkpoint": note})
        else:
            output.document(note)
        return Exit.DONE
    if check:
        with output.working("recomputing every entry of the log"):
            report = here.evidence.check_log()
        return _checked(report, as_json=as_json)
    rows = here.evidence.records(limit, kind, known_at=when.recorded)
    if as_json:
        output.document_json([_row_as_json(row) for row in rows])
    else:
        when.tell()
        _show(rows)
    return Exit.DONE


@log.command("proof")
def proof(jti: Jti, *, out: Out, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Write the proof bundle of one record: all that whoever checks it needs, but the keys."""
    bundle = opened(office).evidence.proof(jti)
    if out == "-":
        output.say(bundle.decode())
        return Exit.DONE
    files.write(out, bundle)
    if as_json:
        output.document_json({"jti": jti, "file": out, "size_bytes": len(bundle)})
        return Exit.DONE
    output.say(f"{output.paint('good', '✓')} {out} ({len(bundle):,} bytes)")
    output.note(f"it holds hidden claims; check it with: concordat verify {out} --trust trust.json")
    return Exit.DONE


@log.command("adl")
def decision_log(
    *,
    level: Level = 4,
    since: Since = None,
    start: Start = None,
    limit: Most = None,
    persons: Persons = False,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Write decisions for a log of authorisation decisions: a line of JSON each, oldest first.

    The form is that of the Dutch Authorization Decision Log, in any of its four levels of detail.
    docs/decision-log.md says what stands where, and how sure that is.
    """
    del as_json  # It is JSON in any case.
    from engine.decision_log import Detail

    when, extracts = AsOf(instant(at), instant(known_at, "--known-at")), opened(office).extracts
    from_then, until = instant(since, "--since"), when.recorded
    since_s = None if from_then is None else int(from_then.timestamp())
    until_s = None if until is None else int(until.timestamp()) + 1
    place: int | None = extracts.first_place(since_s) if start is None else start
    told = 0
    while place is not None and (limit is None or told < limit):
        part = extracts.decisions(
            Detail(level), start=place, since_s=since_s, until_s=until_s, persons=persons
        )
        listed = part.found[: None if limit is None else limit - told]
        for _, line in listed:
            output.say(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
        told += len(listed)
        place = part.on if len(listed) == len(part.found) else listed[-1][0] + 1
    when.tell()
    if place is not None:
        output.note(f"there is more: go on with --from {place}")
    return Exit.DONE


def _show(rows: "Sequence[EntryRow]") -> None:
    if not rows:
        output.note("the log has no records yet")
    for row in rows:
        made = datetime.fromtimestamp(row.iat, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        if row.outcome is None:
            said, style = row.act or row.kind.removeprefix("agreement-"), "name"
            of = row.agreement or (f"of {row.of}" if row.of else _between(row))
            of += f"  by {row.party}" if row.party else ""
            of += f"  from {_instant(row.from_s)}" if row.from_s is not None else ""
        else:
            said, style, of = row.outcome, row.outcome, _between(row)
        output.say(
            f"{row.index:>6}  {output.paint('quiet', made)}  {output.paint(style, said.ljust(10))}"
            f"  {row.jti}"
        )
        code = f"  {row.code}" if row.code else ""
        output.say(f"        {output.plain(of)}{output.paint('quiet', code)}")


def _refuse_unknown(kind: str) -> None:
    from engine.statement import Kind as Known

    if kind not in tuple(Known):
        raise UsageError(f"`{kind}` is no kind of record", hint=f"choose {' or '.join(Known)}")


def _instant(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _between(row: "EntryRow") -> str:
    return f"{row.holder} to {row.recipient}" if row.holder else ""


def _row_as_json(row: "EntryRow") -> dict[str, Any]:  # Any: JSON.
    said = {"index": row.index, "jti": row.jti, "kind": row.kind, "iat": row.iat}
    if row.outcome is None:
        acted = {"act": row.act, "party": row.party, "from": row.from_s}
        return said | {"agreement": row.agreement, "of": row.of} | acted
    ends = {"from": row.holder, "to": row.recipient}
    return said | {"outcome": row.outcome, "code": row.code} | ends


def _checked(report: "LogReport", *, as_json: bool) -> int:
    root = report.root.hex()
    if as_json:
        faults = [{"table": f.table, "row": f.row, "said": f.said} for f in report.faults]
        output.document_json(
            {"sound": report.sound, "size": report.size, "root": root, "faults": faults}
        )
    elif report.sound:
        tick = output.paint("good", "✓")
        output.say(
            f"{tick} {report.size} records: every signature, hash and head as it was written"
        )
        output.say(output.paint("quiet", f"  root {root}"))
    else:
        for fault in report.faults:
            output.tell(fault, indent=2, first=output.paint("bad", "✗ "))
        output.note("keep log.sqlite as it is: it is evidence")
    return Exit.DONE if report.sound else Exit.UNVERIFIED
