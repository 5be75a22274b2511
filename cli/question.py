"""A question as a file or as options: the two ways to propose a disclosure."""

import functools
import inspect
import json
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import typer

from cli import files
from cli.exits import UsageError

_PANELS = {
    "What is proposed": (
        ("--from", "The agency that would give."),
        ("--to", "The agency that would receive."),
        ("--information", "A category of information; repeat it."),
        ("--about", "A kind of person it is about; repeat it."),
        ("--purpose", "What the recipient will do with it."),
        ("--role", "The role of the person who asks."),
        ("--asked-by", "The end that asserts the basis; the recipient unless said."),
    ),
    "The lawful basis asserted": (
        ("--regime", "Which law governs: UKGDPR unless said, or LE."),
        ("--article6", "UK GDPR Article 6(1), such as 6-1-e."),
        ("--annex1", "UK GDPR Annex 1 condition, for 6-1-ea."),
        ("--article9", "UK GDPR Article 9(2), such as 9-2-g."),
        ("--schedule1", "DPA 2018 Schedule 1 paragraph, such as 18."),
        ("--law-enforcement", "DPA 2018 s.35(2), for LE."),
        ("--schedule8", "DPA 2018 Schedule 8 paragraph, for LE."),
        ("--gateway", "The power to share, such as CA89-47."),
    ),
    "What else is said": (
        ("--necessity", "Why this is needed for this purpose."),
        ("--no-consent-reason", "Why consent is not asked: NC-a, NC-b or NC-c."),
        ("--public-task-statement", "The public task of whoever asks."),
        ("--classification", "Its protective marking, such as OFFICIAL."),
        ("--handling", "The handling code of intelligence: P or C."),
        ("--handling-conditions", "The conditions that come with code C."),
        ("--collected-under", "The regime it was collected under, such as LE."),
        ("--confirm", "A condition of the case that holds; repeat it."),
        ("--agreement", "Ask under this agreement only."),
        ("--requester", "Who asks; hidden in the record."),
        ("--subject", "Whom it is about; hidden in the record."),
        ("--case-reference", "The case it belongs to; hidden in the record."),
    ),
}
_BASIS = "The lawful basis asserted"
_REPEATED = ("--information", "--about", "--confirm")
_FIELDS = {"--confirm": "confirms"}
"""Options whose field has another name."""


class _Flag(NamedTuple):
    """One option, and the field of the question it fills."""

    option: str
    panel: str
    words: str

    @property
    def field(self) -> str:
        return _FIELDS.get(self.option, self.option.strip("-").replace("-", "_"))

    @property
    def parameter(self) -> str:
        return f"said_{self.field}"


FLAGS = tuple(
    _Flag(option, panel, words) for panel, rows in _PANELS.items() for option, words in rows
)


def asks(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the argument FILE and an option for each field of a question.

    The command itself takes the question's bytes first, then its own options.
    """

    # Any: what Typer parsed by the signature below, each value of its option's type.
    @functools.wraps(command)
    def asked(**given: Any) -> int:
        flags = {flag: given.pop(flag.parameter) for flag in FLAGS}
        return command(_question(given.pop("file"), flags), **given)

    own = list(inspect.signature(command).parameters.values())[1:]
    own = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    asked.__signature__ = inspect.Signature([_file(), *map(_parameter, FLAGS), *own])  # type: ignore[attr-defined]
    asked.__annotations__ = {}
    return asked


def _file() -> inspect.Parameter:
    argument = typer.Argument(
        metavar="FILE", help="The question as JSON, `-` for standard input.", show_default=False
    )
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter("file", kind, default=None, annotation=Annotated[str | None, argument])


def _parameter(flag: _Flag) -> inspect.Parameter:
    option = typer.Option(
        flag.option,
        metavar="WORDS",
        help=flag.words,
        rich_help_panel=flag.panel,
        show_default=False,
    )
    # Any: a type for Typer to read, which a checker need not.
    held: Any = list[str] if flag.option in _REPEATED else str
    kind = inspect.Parameter.KEYWORD_ONLY
    annotation = Annotated[held | None, option]
    return inspect.Parameter(flag.parameter, kind, default=None, annotation=annotation)


def _question(file: str | None, flags: dict[_Flag, Any]) -> bytes:
    """The question's bytes, from the one place where it was asked."""
    given = {flag: value for flag, value in flags.items() if value}
    if file is not None:
        if given:
            named = next(iter(given)).option
            raise UsageError(
                f"a question is either a file or options, not both: `{file}` and `{named}`",
                hint="put everything in the file, or give options alone",
            )
        return files.read(file, what="a question in JSON")
    if not given:
        raise UsageError(
            "nothing was asked",
            hint="name a file, `-` for standard input, or say it with options: --from, --to …",
        )
    said: dict[str, Any] = {}  # As above.
    for flag, value in given.items():
        home = said.setdefault("basis", {}) if flag.panel == _BASIS else said
        home[flag.field] = value
    return json.dumps(said).encode()
