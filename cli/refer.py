"""Cases that agreements leave to a person: listing, looking at, and closing them."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.as_of import AsOf
from cli.exits import Exit, UsageError
from cli.options import AsJson, At, KnownAt, OfficeFolder, instant, opened

if TYPE_CHECKING:
    from engine.service.cases import Closing, ReferralCase

refer = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="See what was left to a person, and record what they decided.",
)

Every = Annotated[bool, typer.Option("--all", help="Also the cases that are closed.")]
Jti = Annotated[str, typer.Argument(metavar="JTI", help="The record of the answer.")]
Permit = Annotated[bool, typer.Option("--permit", help="What was referred may be shared.")]
Deny = Annotated[bool, typer.Option("--deny", help="It may not.")]
Reason = Annotated[
    str, typer.Option("--reason", metavar="WORDS", help="Why; hidden in the record.")
]
RoleOf = Annotated[
    str, typer.Option("--role", metavar="WORDS", help="The office held by whoever decides.")
]
By = Annotated[
    str, typer.Option("--by", metavar="WORDS", help="Who decides; hidden in the record.")
]
Category = Annotated[
    list[str] | None,
    typer.Option(
        "--category",
        metavar="CODE",
        help="Permit this category alone, and refuse the others; repeat it.",
        show_default=False,
    ),
]


@refer.command("list")
def listing(
    *,
    every: Every = False,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """List the cases that wait for a person, the oldest first."""
    when = AsOf(instant(at), instant(known_at, "--known-at"))
    cases = opened(office).cases.list(closed_too=every, known_at=when.recorded)
    if as_json:
        output.document_json([_as_json(case) for case in cases])
        return Exit.DONE
    when.tell()
    if not cases:
        output.note("no case waits for a person")
    for case in cases:
        state = "open" if case.closing is None else case.closing.outcome.value
        style = "warn" if case.closing is None else state
        output.say(
            f"  {output.paint(style, state.ljust(7))} {output.paint('quiet', _when(case.iat))}"
            f"  {case.jti}"
        )
        ends = f"{case.holder} to {case.recipient}: {', '.join(case.referred)}"
        output.tell(ends, indent=10, first=" " * 10)
        output.tell(f"ask {_whom(case)}", indent=10, first=" " * 10, style="quiet")
    return Exit.DONE


@refer.command("show")
def show(jti: Jti, *, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Show one case: what was referred, to whom, and how it was closed."""
    case = opened(office).cases.show(jti)
    if as_json:
        output.document_json(_as_json(case))
        return Exit.DONE
    rows = [
        ("case", f"{case.jti}, referred {_when(case.iat)}"),
        ("from", f"{case.holder} to {case.recipient}"),
        ("for", f"{case.purpose}, about {', '.join(case.about)}"),
        ("permitted", ", ".join(case.permitted)),
        ("referred", ", ".join(case.referred)),
        ("ask", _whom(case)),
        *_closed(case.closing),
    ]
    for label, said in rows:
        if said:
            output.tell(said, indent=14, first="  " + output.paint("quiet", label.ljust(12)))
    return Exit.DONE


@refer.command("close")
def close(
    jti: Jti,
    *,
    permit: Permit = False,
    deny: Deny = False,
    reason: Reason,
    role: RoleOf,
    by: By,
    category: Category = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Record what a person decided: a signed record that names the first one.

    A case is closed once, and permits nothing but what was referred.
    """
    from engine.decide import Outcome

    if permit is deny:
        raise UsageError("choose one of `--permit` and `--deny`", hint="say what was decided")
    outcome = Outcome.PERMIT if permit else Outcome.DENY
    closing = opened(office).cases.close(
        jti, outcome, reason=reason, role=role, by=by, categories=tuple(category or ())
    )
    if as_json:
        output.document_json(asdict(closing) | {"of": jti})
        return Exit.DONE
    output.say(f"{output.paint('good', '✓')} case {jti} is closed")
    for label, said in _closed(closing):
        if said:
            output.tell(said, indent=14, first="  " + output.paint("quiet", label.ljust(12)))
    return Exit.DONE


def _closed(closing: "Closing | None") -> list[tuple[str, str]]:
    if closing is None:
        return [("closed", "not yet: concordat refer close JTI --permit or --deny")]
    return [
        ("decided", f"{closing.outcome.value}, {_when(closing.iat)}"),
        ("may share", ", ".join(closing.permitted)),
        ("may not", ", ".join(closing.refused)),
        ("by", f"{closing.by or 'erased'}, {closing.role}"),
        ("because", closing.reason or "erased"),
        ("record", f"{closing.jti}, entry {closing.index} of the log"),
    ]


def _whom(case: "ReferralCase") -> str:
    named = [f"{role} ({contact})" if contact else role for role, contact in case.refer_to]
    return " or ".join(named) or "your data-protection officer"


def _when(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _as_json(case: "ReferralCase") -> dict[str, Any]:  # Any: JSON.
    said = asdict(case)
    said["refer_to"] = [{"role": role, "contact": contact} for role, contact in case.refer_to]
    return said | {"open": case.closing is None}
