"""What a version of an agreement changes, by meaning, and which recorded answers it would turn."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import drafts, output
from cli.as_of import AsOf
from cli.change_screen import names_of, show_fields, show_rows
from cli.exits import Exit, UsageError
from cli.options import AsJson, At, KnownAt, OfficeFolder, instant, opened

if TYPE_CHECKING:
    from engine.bundle import Slice
    from engine.compare import Change
    from engine.english import Names
    from engine.service import Office
    from engine.service.whatif import Replayed

Old = Annotated[
    str,
    typer.Argument(
        metavar="A", help="What is replaced: `ID@VERSION`, `ID` for its draft, or a file."
    ),
]
New = Annotated[
    str | None,
    typer.Argument(
        metavar="[B]",
        help="What replaces it, named likewise. Left out, A replaces the version in force.",
        show_default=False,
    ),
]
Span = Annotated[
    str | None,
    typer.Option(
        "--replay",
        metavar="SPAN",
        help="Ask what was recorded in this span again, with B in place of A: `90d`.",
        show_default=False,
    ),
]

_DAY_S = 86_400


def diff(
    old: Old,
    new: New = None,
    *,
    replay: Span = None,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Show what B newly permits, no longer permits and refers in place of A.

    A alone is held against the version in force, as whoever signs it is shown: what is open for
    signature, else the draft. Compared by meaning, under the law of the office, or the law that
    comes with this version if both are files. Ends with 0 if the texts are the same, with 6 if not.
    """
    since_s = None if replay is None else _span_s(replay)
    when = AsOf(instant(at), instant(known_at, "--known-at"))
    if new is not None and when.asked:
        raise UsageError(
            "both versions are named, so there is no instant to find one by",
            hint="`concordat diff A --at INSTANT` compares with the version in force then",
        )
    files_alone = drafts.names_a_file(old) and new is not None and drafts.names_a_file(new)
    here = None if files_alone and replay is None else opened(office)
    before, after = _sides(old, new, here, when)
    with output.working("comparing what the two permit"):
        change = _compared(before, after, here)
    again = None
    if since_s is not None and here is not None:
        if before is None:
            raise UsageError("nothing was in force that it would replace", hint="leave `--replay`")
        with output.working("asking again what was recorded"):
            again = here.what_if.replay(before, after, here.premises.now_s() - since_s)
    bundle = here.shelf.at(when.known_at).bundle.sha256 if here and new is None else ""
    if as_json:
        output.document_json(
            _as_json(change, again) | (when.as_json(bundle) if new is None else {})
        )
    else:
        _show(change, names_of([each.agreement for each in (before, after) if each]))
        if again is not None:
            _show_flips(again, str(replay))
        when.tell(bundle)
    same = change.same and not (again and again.flips)
    return Exit.DONE if same else Exit.DIFFERS


def _sides(
    old: str, new: str | None, here: "Office | None", when: AsOf
) -> "tuple[Slice | None, Slice]":
    """The two versions that were named, or one and the version in force."""
    if new is not None or here is None:
        return _found(old, here), _found(str(new), here)
    if drafts.names_a_file(old) or "@" in old:
        after = _found(old, here)
    else:
        after = here.what_if.read(here.author.proposals.to_be_signed(old))
    agreement_id = after.agreement.id
    return here.what_if.running(agreement_id, at=when.at, known_at=when.known_at), after


def _span_s(text: str) -> int:
    match = re.fullmatch(r"([1-9][0-9]{0,4})d", text)
    if match is None:
        raise UsageError(f"`--replay`: `{text}` is no number of days", hint="write `90d`")
    return int(match[1]) * _DAY_S


def _found(target: str, here: "Office | None") -> "Slice":
    if drafts.names_a_file(target):
        agreement = drafts.find(target, None).document.agreement
        if here is not None:
            return here.what_if.read(agreement)
        from engine.bundle import make_slice
        from engine.compile import compile_agreement

        law = drafts.law()
        return make_slice(law, compile_agreement(agreement, law.vocabulary))
    if here is None:
        raise UsageError(
            f"`{target}` is no file", hint="name an agreement of the office, or a file"
        )
    name, at, version = target.partition("@")
    return here.what_if.version(name, version if at else None)


def _compared(before: "Slice | None", after: "Slice", here: "Office | None") -> "Change":
    if here is not None:
        return here.what_if.change(before, after)
    from engine.compare import compare

    return compare(drafts.law(), before, after)


# What a person reads


def _show(change: "Change", names: "Names") -> None:
    show_rows(change, names)
    show_fields(change)
    if change.same:
        output.say(f"{output.paint('good', '✓')} the two texts are the same")
    elif not change.rows:
        output.say(f"{output.paint('good', '✓')} the two permit and refer the same")
    else:
        output.note("what the law forbids stays forbidden; `docs/compare.md` says how to read this")


def _show_flips(again: "Replayed", span: str) -> None:
    said = f"{again.asked_again} recorded questions of the last {span[:-1]} days asked again"
    if not again.flips:
        output.say(f"{output.paint('good', '✓')} {said}: each is answered as it was")
    else:
        output.say(output.paint("warn", f"{said}: {len(again.flips)} would be answered otherwise"))
    for flip in again.flips:
        (then, _), (would_be, code) = flip.then, flip.would_be
        turned = f"{output.paint(then, then)}, would be {output.paint(would_be, would_be)}"
        output.say(f"  {flip.jti}  {turned} ({output.plain(code)})")
        who = f"{flip.holder} to {flip.recipient}, {flip.purpose}: {', '.join(flip.changed)}"
        output.tell(who, indent=4, first="    ", style="quiet")
    if again.withheld:
        output.note(f"{again.withheld} could not be asked again: their questions were erased")


# What a machine reads. Any: JSON.


def _as_json(change: "Change", again: "Replayed | None") -> dict[str, Any]:
    from engine.change_document import change_document, document_sha256

    document = change_document(change)
    said: dict[str, Any] = document | {"change_sha256": document_sha256(document)}
    if again is not None:
        said["replay"] = {
            "asked_again": again.asked_again,
            "withheld": again.withheld,
            "flips": [
                {
                    "jti": flip.jti,
                    "at": flip.at_s,
                    "from": flip.holder,
                    "to": flip.recipient,
                    "purpose": flip.purpose,
                    "then": dict(zip(("outcome", "code"), flip.then, strict=True)),
                    "would_be": dict(zip(("outcome", "code"), flip.would_be, strict=True)),
                    "changed": list(flip.changed),
                }
                for flip in again.flips
            ],
        }
    return said
