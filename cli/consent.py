"""Taking down consent: given, refused, withdrawn, renewed; who consented to what."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.as_of import AsOf
from cli.consent_form import fills
from cli.exits import Exit, UsageError
from cli.options import AsJson, At, KnownAt, OfficeFolder, instant, opened

if TYPE_CHECKING:
    from engine.consent_terms import ConsentForm
    from engine.service.consent_rows import ConsentRow

consent = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Record consent, its refusal, withdrawal or renewal, and show what is recorded.",
)

Person = Annotated[
    str,
    typer.Option(
        "--person",
        metavar="REF",
        help="Whom it is about, as questions call them; only a pseudonym is kept.",
    ),
]
AnyPerson = Annotated[
    str | None,
    typer.Option("--person", metavar="REF", help="Of this person alone.", show_default=False),
]
Which = Annotated[
    str | None,
    typer.Option(
        "--consent",
        metavar="ID",
        help="Which consent, if the person gave more than one.",
        show_default=False,
    ),
]
Until = Annotated[
    str,
    typer.Option("--expires", metavar="WORDS", help="A date or an instant to which it is renewed."),
]
Speaks = Annotated[
    str,
    typer.Option(
        "--capacity",
        metavar="WORDS",
        help="Who says so: subject, parental-responsibility, attorney or deputy.",
    ),
]
Why = Annotated[
    str | None,
    typer.Option(
        "--reason", metavar="WORDS", help="Why, if they say; nobody must.", show_default=False
    ),
]
ConsentId = Annotated[str, typer.Argument(metavar="ID", help="A consent of the office.")]
_STYLES = {"given": "good", "renewed": "good", "requested": "name", "expired": "quiet"}


@consent.command("give")
@fills
def give(
    form: "ConsentForm", *, person: Person, office: OfficeFolder = None, as_json: AsJson = False
) -> int:
    """Record that somebody consents, from a form or from options.

    Only `dp-basis` counts as a lawful basis, and only `confidentiality` (or a `dp-basis` that says
    so) against the duty of confidence.
    """
    from engine.consent import ConsentState

    row = opened(office).consents.answer(_usable(person), form, ConsentState.GIVEN)
    return _recorded(row, as_json=as_json)


@consent.command("refuse")
@fills
def refuse(
    form: "ConsentForm", *, person: Person, office: OfficeFolder = None, as_json: AsJson = False
) -> int:
    """Record that somebody was asked and does not consent."""
    from engine.consent import ConsentState

    row = opened(office).consents.answer(_usable(person), form, ConsentState.REFUSED)
    return _recorded(row, as_json=as_json)


@consent.command("withdraw")
def withdraw(
    *,
    person: Person,
    which: Which = None,
    capacity: Speaks = "subject",
    reason: Why = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Record that a consent is withdrawn; the very next answer heeds it."""
    from engine.consent import ConsentState
    from engine.consent_terms import Capacity

    try:
        speaks = Capacity(capacity)
    except ValueError:
        known = ", ".join(f"`{each}`" for each in Capacity)
        said = f"`{capacity}` is no capacity in which to speak"
        raise UsageError(said, hint=f"choose one of {known}") from None
    row = opened(office).consents.follow(
        _usable(person), ConsentState.WITHDRAWN, consent=which, capacity=speaks, reason=reason
    )
    return _recorded(row, as_json=as_json)


@consent.command("renew")
def renew(
    *,
    person: Person,
    expires: Until,
    which: Which = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Record that a consent is given again, in the same words, until a later date."""
    from engine.consent import ConsentState

    row = opened(office).consents.follow(
        _usable(person), ConsentState.RENEWED, consent=which, expires=instant(expires, "--expires")
    )
    return _recorded(row, as_json=as_json)


@consent.command("list")
def listing(
    *,
    person: AnyPerson = None,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """List every consent with its state, oldest first."""
    when = AsOf(instant(at), instant(known_at, "--known-at"))
    rows = opened(office).consents.listed(
        None if person is None else _usable(person), at=when.at, known_at=when.known_at
    )
    if as_json:
        output.document_json([_as_json(row) for row in rows])
        return Exit.DONE
    when.tell()
    if not rows:
        output.note("no consent is recorded")
    for row in rows:
        _show(row)
    return Exit.DONE


@consent.command("receipt")
def receipt(which: ConsentId, *, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Print the receipt of a consent, as JSON-LD, for the person it is about."""
    del as_json  # It is JSON in any case.
    output.document_json(opened(office).consents.receipt(which).document())
    return Exit.DONE


def _usable(person: str) -> str:
    """Refuse what no question could name as its subject."""
    if not person.strip() or len(person) > 1024 or not person.isprintable():
        raise UsageError(
            "`--person` is empty, too long, or not one line", hint="name them as questions do"
        )
    return person


def _recorded(row: "ConsentRow", *, as_json: bool) -> int:
    if as_json:
        output.document_json(_as_json(row))
        return Exit.DONE
    output.say(f"{output.paint('good', '✓')} consent {row.state.value}")
    _show(row)
    output.note(f"for the person: concordat consent receipt {row.consent}")
    return Exit.DONE


def _show(row: "ConsentRow") -> None:
    style = _STYLES.get(row.state.value, "bad")
    lasts = f"until {_instant(row.expires_s)}" if row.expires_s is not None else ""
    output.say(
        f"  {row.consent}  {output.paint(style, row.state.value.ljust(11))}"
        f" {output.paint('quiet', f'{row.kind.value}  {lasts}'.rstrip())}"
    )
    ends = f"{', '.join(row.controllers)} to {', '.join(row.recipients)}"
    what = f"{', '.join(row.information)} for {', '.join(row.purposes)}"
    output.tell(f"{ends}: {what}", indent=4, first="    ")


def _as_json(row: "ConsentRow") -> dict[str, Any]:  # Any: JSON.
    return {
        "consent": row.consent,
        "person": row.person,
        "kind": row.kind.value,
        "state": row.state.value,
        "controllers": list(row.controllers),
        "recipients": list(row.recipients),
        "information": list(row.information),
        "purposes": list(row.purposes),
        "expires": None if row.expires_s is None else _instant(row.expires_s),
        "recorded": _instant(row.recorded_s),
        "record": row.jti,
        "index": row.index,
    }


def _instant(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
