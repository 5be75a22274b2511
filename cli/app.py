"""Which commands there are, and how each is called.

A command's module is imported when the command is called, so that nobody waits
for what another command needs.
"""

import importlib
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup

from cli import output
from cli.exits import Exit, UsageError
from cli.options import HELD
from concordat import __version__

_TRY, _AGREEMENTS, _DECISIONS, _EVIDENCE, _OFFICE = (
    "See it work",
    "Agreements",
    "Decisions",
    "Evidence",
    "The office",
)


class _Command(NamedTuple):
    """Where a command lives, and under which heading it is listed."""

    module: str
    name: str
    panel: str


COMMANDS = {
    "demo": _Command("demo", "demo", _TRY),
    "new": _Command("agreement", "new", _AGREEMENTS),
    "check": _Command("agreement", "check", _AGREEMENTS),
    "show": _Command("agreement", "show", _AGREEMENTS),
    "diff": _Command("diff", "diff", _AGREEMENTS),
    "lint": _Command("lint", "lint", _AGREEMENTS),
    "test": _Command("trials", "run_scenarios", _AGREEMENTS),
    "propose": _Command("lifecycle", "propose", _AGREEMENTS),
    "sign": _Command("publish", "sign", _AGREEMENTS),
    "send-back": _Command("lifecycle", "send_back", _AGREEMENTS),
    "withdraw": _Command("lifecycle", "withdraw", _AGREEMENTS),
    "publish": _Command("publish", "publish", _AGREEMENTS),
    "status": _Command("status", "status", _AGREEMENTS),
    "suspend": _Command("lifecycle", "suspend", _AGREEMENTS),
    "resume": _Command("lifecycle", "resume", _AGREEMENTS),
    "leave": _Command("lifecycle", "leave", _AGREEMENTS),
    "end": _Command("lifecycle", "end", _AGREEMENTS),
    "accede": _Command("lifecycle", "accede", _AGREEMENTS),
    "export": _Command("exchange", "export", _AGREEMENTS),
    "import": _Command("exchange", "import_draft", _AGREEMENTS),
    "ask": _Command("decide", "ask", _DECISIONS),
    "explain": _Command("decide", "explain", _DECISIONS),
    "consent": _Command("consent", "consent", _DECISIONS),
    "refer": _Command("refer", "refer", _DECISIONS),
    "emergency": _Command("emergency", "emergency", _DECISIONS),
    "report": _Command("report", "report", _DECISIONS),
    "verify": _Command("record", "verify", _EVIDENCE),
    "replay": _Command("record", "replay", _EVIDENCE),
    "log": _Command("log", "log", _EVIDENCE),
    "init": _Command("office", "init", _OFFICE),
    "clone": _Command("sync", "clone", _OFFICE),
    "pull": _Command("sync", "pull", _OFFICE),
    "push": _Command("sync", "push", _OFFICE),
    "agencies": _Command("agencies", "agencies", _OFFICE),
    "clients": _Command("clients", "clients", _OFFICE),
    "serve": _Command("serve", "serve", _OFFICE),
    "keys": _Command("keys", "keys", _OFFICE),
    "doctor": _Command("office", "doctor", _OFFICE),
    "upgrade": _Command("office", "upgrade", _OFFICE),
}
"""Every command, in the order in which help lists them."""


class _Lazily(TyperGroup):
    """Imports a command when it is asked for."""

    # The types of contexts and commands are private to Typer, hence `Any`.
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 -- Typer asks so.
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 -- as above.
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            near = get_close_matches(cmd_name, COMMANDS, n=1)
            meant = f"did you mean `concordat {near[0]}`?" if near else "`concordat --help`"
            raise UsageError(f"there is no command `{cmd_name}`", hint=meant)
        found = getattr(importlib.import_module(f"cli.{entry.module}"), entry.name)
        group = isinstance(found, typer.Typer)
        command: Any = typer.main.get_command(found) if group else _single(found)
        command.name = cmd_name
        command.rich_help_panel = entry.panel
        return command


def _single(function: Callable[..., object]) -> Any:  # As in `_Lazily`.
    alone = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    alone.command(context_settings={"help_option_names": ["-h", "--help"]})(function)
    return typer.main.get_command(alone)


app = typer.Typer(
    cls=_Lazily,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, permitted, verified · 1 unexpected failure · 2 usage"
    " · 3 not permitted · 4 not verified · 5 invalid agreement or failed scenario · 6 differences"
    " · 7 not found · 8 service unavailable.",
)


def _version(*, wanted: bool) -> None:
    if wanted:
        output.say(f"concordat {__version__}")
        raise typer.Exit


@app.callback()
def concordat(
    *,
    version: bool = typer.Option(
        False,  # noqa: FBT003 -- Typer's first argument is the default.
        "--version",
        help="Show the version and exit.",
        is_eager=True,
        callback=lambda value: _version(wanted=value),
    ),
) -> None:
    """Information-sharing agreements as law a machine can apply.

    Every command takes `--help`; every result takes `--json`. Commands that need an office look in
    the current folder and those above it, unless `--office` or `CONCORDAT_OFFICE` names one.
    """


def run(given: Sequence[str]) -> int:
    """Run the command that was given and say with what exit code it ended.

    Raises:
        UsageError: It was not called as it must be.
    """
    try:
        with HELD:
            ended = typer.main.get_command(app).main(
                list(given), prog_name="concordat", standalone_mode=False
            )
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.TyperException as fault:
        message = " ".join(fault.format_message().split())
        if not message:  # Called without arguments, it has shown help.
            return Exit.USAGE
        raise _misused(fault, message, given) from None
    return int(ended) if isinstance(ended, int) else Exit.DONE


def _misused(fault: typer.TyperException, message: str, given: Sequence[str]) -> UsageError:
    """Say what a call lacked, in our own form."""
    message = message.partition(" (Possible")[0].partition(", unable to")[0].rstrip(".")
    message = message.replace("'", "`").replace("Input should be", "it should be")
    context = getattr(fault, "ctx", None)
    named = f"concordat {given[0]}" if given[:1] and given[0] in COMMANDS else "concordat"
    path = getattr(context, "command_path", "") or named
    near = getattr(fault, "possibilities", None)
    hint = f"did you mean `{near[0]}`? `{path} --help` shows all" if near else f"`{path} --help`"
    return UsageError(message[:1].lower() + message[1:], hint=hint)
