"""A form for consent as a file or as options: the two ways to write one down."""

import functools
import hashlib
import inspect
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli import files
from cli.exits import UsageError

if TYPE_CHECKING:
    from engine.consent_terms import ConsentForm

_WHAT: Final = "What is consented to"
_WHO: Final = "Who says so"
_TOLD: Final = "What the person was told"

_OPTIONS: Final = {
    "kind": (_WHAT, "dp-basis, confidentiality, service or treatment."),
    "controller": (_WHAT, "An agency that may give; repeat it."),
    "recipient": (_WHAT, "An agency that may receive; repeat it."),
    "information": (_WHAT, "A single category of information; repeat it."),
    "purpose": (_WHAT, "What for; repeat it."),
    "lawful-basis": (_WHAT, "The basis that is consent: 6-1-a, 9-2-a, LE-consent; repeat it."),
    "explicit": (_WHAT, "It was an express statement, as 9-2-a asks."),
    "lifts-confidence": (_WHAT, "It says that it lifts the duty of confidence too."),
    "expires": (_WHAT, "A date or an instant from which it counts no more."),
    "said-at": (_WHO, "When the person said so; else now."),
    "capacity": (_WHO, "subject, parental-responsibility, attorney or deputy."),
    "evidence": (_WHO, "What shows that whoever speaks for another may."),
    "capacity-basis": (_WHO, "presumed, gillick or assessed."),
    "assessed-by": (_WHO, "The role of whoever assessed capacity."),
    "assessed-on": (_WHO, "When capacity was assessed."),
    "expressed": (_WHO, "written, verbal or electronic."),
    "witness": (_WHO, "The role of whoever heard it, if it was verbal."),
    "support": (_WHO, "An interpreter or other support."),
    "notice": (_TOLD, "Where the notice stands."),
    "wording": (_TOLD, "A file with the very words; its digest is recorded."),
    "language": (_TOLD, "The language of the notice; en unless said."),
    "jurisdiction": (_TOLD, "Whose law governs."),
    "storage": (_TOLD, "Where the information is kept."),
    "retention": (_TOLD, "For how long, such as P6Y."),
    "withdrawal-method": (_TOLD, "How to withdraw."),
    "told-can-refuse": (_TOLD, "The person was told that they may refuse."),
}
_FLAGS: Final = frozenset({"explicit", "lifts-confidence", "told-can-refuse"})
_FIELDS: Final = {
    "controller": "controllers",
    "recipient": "recipients",
    "information": "information",
    "purpose": "purposes",
    "lawful-basis": "lawful_basis",
}
"""Options that may be repeated, and the field each fills."""
_GIVEN_BY: Final = frozenset(
    {
        "capacity", "evidence", "capacity-basis", "assessed-by", "assessed-on", "expressed",
        "witness", "support",
    }
)  # fmt: skip


def fills(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the argument FILE and an option for each field of a form.

    The command itself takes the form first, then its own options.
    """

    # Any: what Typer parsed by the signature below, each value of its option's type.
    @functools.wraps(command)
    def filled(**given: Any) -> int:
        said = {name: given.pop(_parameter_name(name)) for name in _OPTIONS}
        return command(_form(given.pop("file"), said), **given)

    own = list(inspect.signature(command).parameters.values())[1:]
    own = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    parameters = [_file(), *own[:1], *map(_parameter, _OPTIONS), *own[1:]]
    filled.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    filled.__annotations__ = {}
    return filled


def _parameter_name(option: str) -> str:
    return f"said_{option.replace('-', '_')}"


def _file() -> inspect.Parameter:
    argument = typer.Argument(
        metavar="FILE",
        help="The form as YAML or JSON, `-` for standard input.",
        show_default=False,
    )
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter("file", kind, default=None, annotation=Annotated[str | None, argument])


def _parameter(name: str) -> inspect.Parameter:
    panel, words = _OPTIONS[name]
    kind = inspect.Parameter.KEYWORD_ONLY
    if name in _FLAGS:
        flag = typer.Option(f"--{name}", help=words, rich_help_panel=panel)
        return inspect.Parameter(
            _parameter_name(name), kind, default=False, annotation=Annotated[bool, flag]
        )
    metavar = "FILE" if name == "wording" else "WORDS"
    option = typer.Option(
        f"--{name}", metavar=metavar, help=words, rich_help_panel=panel, show_default=False
    )
    # Any: a type for Typer to read, which a checker need not.
    held: Any = list[str] if name in _FIELDS else str
    annotation = Annotated[held | None, option]
    return inspect.Parameter(_parameter_name(name), kind, default=None, annotation=annotation)


def _form(file: str | None, said: dict[str, Any]) -> "ConsentForm":
    """The form, from the one place where it was filled in."""
    from agreements import document
    from agreements.errors import DocumentError
    from engine.consent_terms import ConsentForm

    given = {name: value for name, value in said.items() if value}
    if file is not None:
        if given:
            raise UsageError(
                f"a form is either a file or options, not both: `{file}` and"
                f" `--{next(iter(given))}`",
                hint="put everything in the file, or give options alone",
            )
        return document.fit(document.read(files.read(file, what="a form for consent")), ConsentForm)
    if not given:
        raise UsageError(
            "nothing was filled in",
            hint="name a file, `-` for standard input, or say it with options: --kind, --recipient",
        )
    try:
        return document.fit(document.read(json.dumps(_fields(given))), ConsentForm)
    except DocumentError as fault:
        hint = "every field has its option: `concordat consent give --help`"
        raise UsageError(str(fault), hint=hint) from None


def _fields(given: dict[str, Any]) -> dict[str, Any]:  # Any: JSON.
    said: dict[str, Any] = {"told_can_refuse": False, "given_by": {}}
    for name, value in given.items():
        field = _FIELDS.get(name, name.replace("-", "_"))
        if name == "wording":
            text = files.read(value, what="the words of a consent")
            said["wording_sha256"] = hashlib.sha256(text).hexdigest()
        elif name in _GIVEN_BY:
            said["given_by"][field] = value
        else:
            said[field] = value
    return said
