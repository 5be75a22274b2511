"""An agreement in the forms that others ask for, and theirs as drafts of ours."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import files, output
from cli.as_of import AsOf
from cli.exits import Exit, UsageError
from cli.options import AsJson, At, KnownAt, OfficeFolder, instant, opened, usable_id

if TYPE_CHECKING:
    from agreements.exports.exported import Exported, Gap
    from agreements.findings import Finding
    from agreements.imports.drafting import Drafted
    from agreements.model import Agreement

_EXPORTS = ("dea", "ropa", "odrl", "mais", "csv", "pdf")
_IMPORTS = ("mais", "csv", "marketplace")
_SHOWN = 12

Target = Annotated[
    str,
    typer.Argument(
        metavar="ID|FILE",
        help="An agreement of the office, `ID@VERSION`, `ID@draft`, a file, or `-`.",
    ),
]
Source = Annotated[str, typer.Argument(metavar="FILE", help="What others hold, `-` for stdin.")]
ExportForm = Annotated[
    str,
    typer.Option(
        "--as", metavar="FORM", help="One of `dea`, `ropa`, `odrl`, `mais`, `csv`, `pdf`."
    ),
]
ImportForm = Annotated[
    str, typer.Option("--as", metavar="FORM", help="One of `mais`, `csv`, `marketplace`.")
]
Out = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="Where to write it; else, or for `-`, stdout.",
        show_default=False,
    ),
]
Maps = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FILE|THEIRS=OURS",
        help="A map of a ledger's columns (TOML), or one pair; repeat it.",
        show_default=False,
    ),
]
WantedId = Annotated[
    str | None,
    typer.Option(
        "--id",
        metavar="ID",
        help="Which agreement to take, if there are several; else the id of the draft.",
        show_default=False,
    ),
]


def export(
    target: Target,
    *,
    form: ExportForm,
    out: Out = None,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Write an agreement in a form that others ask for; what it does not say is named, not made up.

    Ends with 5 if the agreement leaves a mandatory field of the form empty; the rest is written.
    """
    from cli.drafts import find, in_force, refuse_instant
    from engine import canonical
    from engine.compile import agreement_bytes

    _one_of(form, _EXPORTS)
    if out not in (None, "-"):
        files.refuse_destination(str(out))
    when = AsOf(instant(at), instant(known_at, "--known-at"))
    if when.asked:
        refuse_instant(target)
    draft = in_force(target, office, when.at, when.known_at) if when.asked else find(target, office)
    draft.tell()
    agreement = draft.document.agreement
    gaps: tuple[Gap, ...] = ()
    if form == "pdf":
        content = _pdf(agreement, out, as_json=as_json)
    else:
        made = _exported(agreement, form)
        content, gaps = made.content.encode(), made.gaps
    said: dict[str, Any] = {  # Any: JSON.
        "agreement": agreement.id,
        "version": agreement.version,
        "terms_sha256": canonical.digest_hex(agreement_bytes(agreement)),
        "form": form,
        "gaps": [
            {"field": g.field, "path": list(g.path), "message": g.message, "needed": g.needed}
            for g in gaps
        ],
    }
    if draft.altered:
        said["draft_differs_from"] = draft.altered
    if when.asked:
        bundle = opened(office).shelf.at(when.known_at).bundle.sha256
        said |= when.as_json(bundle)
        if not as_json:
            when.tell(bundle)
    _written(content, out, said, as_json=as_json)
    lacking = [gap.message for gap in gaps if gap.needed]
    if not as_json:
        _notes("missing", lacking)
        _notes("lost or weaker", [gap.message for gap in gaps if not gap.needed])
    return Exit.INVALID if lacking else Exit.DONE


def import_draft(
    source: Source,
    *,
    form: ImportForm,
    maps: Maps = None,
    wanted: WantedId = None,
    out: Out = None,
    as_json: AsJson = False,
) -> int:
    """Read what others hold as the draft of an agreement, with a comment at whatever it lacks.

    Nothing is guessed: what the source does not say stands in the draft as `not-said`, which
    `concordat check` refuses.
    """
    _one_of(form, _IMPORTS)
    if maps and form != "csv":
        raise UsageError("only a ledger (`--as csv`) is read with a map", hint="leave `--map` out")
    if wanted is not None:
        usable_id(wanted, "--id")
    if out not in (None, "-"):
        files.refuse_destination(str(out))
    drafted = _drafted(source, form, maps or [], wanted)
    text = drafted.document.text
    found = _findings(drafted)
    said: dict[str, Any] = {  # Any: JSON.
        "agreement": drafted.document.agreement.id,
        "remarks": [{"path": list(each.path), "message": each.words} for each in drafted.remarks],
        "findings": [
            {"severity": each.severity.value, "rule": each.rule, "message": each.message}
            | {"path": list(each.path), "mend": each.mend}
            for each in found
        ],
    }
    _written(text.encode(), out, said, as_json=as_json)
    if not as_json:
        faults = [each for each in found if each.severity.value == "E"]
        places = drafted.document.places
        lines = [f"line {places.of(f.path).line}: {f.rule}: {f.message}" for f in faults]
        _notes("to be done", lines)
        output.note(f"a draft: {len(faults)} faults, {len(found) - len(faults)} doubts")
    return Exit.DONE


def _one_of(form: str, forms: tuple[str, ...]) -> None:
    if form not in forms:
        raise UsageError(f"`{form}` is no form", hint=f"choose one of {', '.join(forms)}")


# export


def _exported(agreement: "Agreement", form: str) -> "Exported":
    from agreements.exports import dea, ledger, mais, odrl, ropa
    from agreements.vocabulary import current

    write = {
        "dea": dea.export,
        "ropa": ropa.export,
        "odrl": odrl.export,
        "mais": mais.export,
        "csv": ledger.export,
    }[form]
    return write(agreement, current())


def _pdf(agreement: "Agreement", out: str | None, *, as_json: bool) -> bytes:
    from agreements.vocabulary import current
    from engine.paper import paper

    to_stdout = out in (None, "-")
    if to_stdout and (as_json or sys.stdout.isatty()):
        raise UsageError("a PDF is no text", hint="name a file: --out FILE")
    said = paper(agreement, current())
    from engine.adapters.pdf import as_pdf

    with output.working("setting it in type"):
        return as_pdf(said)


def _written(content: bytes, out: str | None, said: dict[str, Any], *, as_json: bool) -> None:
    """Put a result where it was asked for, and say so to a machine if one asks."""
    if out not in (None, "-"):
        files.write(str(out), content)
        said |= {"file": out, "size_bytes": len(content)}
        if not as_json:
            output.say(f"{output.paint('good', '✓')} {output.plain(out)} ({len(content):,} bytes)")
    elif not as_json and sys.stdout.isatty():
        output.document(content.decode().replace("\r\n", "\n"))
    elif not as_json:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        said["content"] = content.decode()
    if as_json:
        output.document_json(said)


def _notes(heading: str, lines: list[str]) -> None:
    for line in lines[:_SHOWN]:
        output.note(f"{heading}: {line}")
    if len(lines) > _SHOWN:
        output.note(f"{heading}: {len(lines) - _SHOWN} more; --json lists all")


# import


def _drafted(source: str, form: str, maps: list[str], wanted: str | None) -> "Drafted":
    from agreements.errors import DocumentError
    from agreements.imports import ledger, mais, marketplace
    from agreements.vocabulary import current
    from cli.drafts import placed

    read_as = _map(maps)
    text = files.read(source, what="what is to be imported")
    try:
        match form:
            case "csv":
                return ledger.draft(text, current(), read_as, wanted=wanted)
            case "mais":
                return mais.draft(text, current(), wanted=wanted)
            case _:
                return marketplace.draft(text, current(), wanted=wanted)
    except DocumentError as fault:
        raise placed(fault, "standard input" if source == "-" else source) from None


def _map(maps: list[str]) -> Any:  # Any: a type that is imported when it is needed.
    from agreements.imports.ledger_map import LedgerMap, read_map, with_pairs

    named = [each for each in maps if "=" not in each]
    if len(named) > 1:
        raise UsageError("two files of a map were named", hint="keep one, and pairs beside it")
    read_as = read_map(files.read(named[0], what="a map of columns")) if named else LedgerMap()
    return with_pairs(read_as, [each for each in maps if "=" in each])


def _findings(drafted: "Drafted") -> "list[Finding]":
    from datetime import UTC, datetime

    from agreements.validate import check
    from agreements.vocabulary import current

    return list(check(drafted.document.agreement, current(), now=datetime.now(UTC).date()))
