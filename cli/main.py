"""The terminal's front desk, and the last line of defence.

Whatever goes wrong ends here, in one line, a hint and an exit code, and never
in a permit. Checking a record is done without waking the rest: whoever checks a
thousand should not wait a thousand times for what deciding needs.
"""

import os
import sys
from collections.abc import Sequence
from typing import Any

from cli import output
from cli.exits import Exit, UsageError, exit_for
from engine.collecting import collect_no_more, collect_seldom
from engine.errors import ConcordatError

DEBUG = "CONCORDAT_DEBUG"
"""Set to anything, it shows where an unexpected failure came from."""


def run() -> int:
    """Run the one command of this process and say with what exit code to end."""
    ended = main()
    # What is left goes with the process; to look for circles in it first takes 0.4 seconds.
    collect_no_more()
    return ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and say with what exit code to end."""
    collect_seldom()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        ended = _run(given)
        sys.stdout.flush()
    except ConcordatError as error:
        return _failed(error, as_json="--json" in given)
    except BrokenPipeError:
        return _unheard()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return Exit.INTERRUPTED
    except Exception as error:  # The last line of defence is closed.
        if os.environ.get(DEBUG):
            raise
        return _unexpected(error)
    return ended


def _run(given: Sequence[str]) -> int:
    for number, argument in enumerate(given, start=1):
        if any("\ud800" <= character <= "\udfff" for character in argument):
            raise UsageError(f"argument {number} is not UTF-8 text", hint="look at its spelling")
    plainly = _verify_plainly(given)
    if plainly is not None:
        from cli.checking import check

        file, trust = plainly
        return check(file, trust, as_json="--json" in given)
    from cli.app import run

    return run(given)


def _verify_plainly(given: Sequence[str]) -> tuple[str, str] | None:
    """Read the plain form of ``verify``: one file, its trust root, perhaps ``--json``.

    Every other form, and every misspelling, is left to the parser of all commands.
    """
    rest = [argument for argument in given[1:] if argument != "--json"]
    if given[:1] != ["verify"] or len(rest) != 3 or rest.count("--trust") != 1:
        return None
    at = rest.index("--trust")
    if at == 2:
        return None
    trust = rest[at + 1]
    file = rest[0] if at else rest[2]
    if trust.startswith("-") or (file.startswith("-") and file != "-"):
        return None
    return file, trust


def _failed(error: ConcordatError, *, as_json: bool) -> int:
    line, step = getattr(error, "line", 0), getattr(error, "step", "")
    told = f":{line}:" in str(error)
    place = f" (line {line}, column {getattr(error, 'column', 0)})" if line and not told else ""
    output.error(f"{step}: {error}" if step else f"{error}{place}", error.hint)
    if as_json:
        # Any: JSON.
        said: dict[str, Any] = {"code": error.code, "message": str(error), "hint": error.hint}
        said |= {"step": step} if step else {}
        said |= {"line": line, "column": getattr(error, "column", 0)} if line else {}
        output.document_json({"error": said})
    return exit_for(error)


def _unheard() -> int:
    """Whoever read the result has gone; keep Python from complaining of it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return Exit.UNEXPECTED


def _unexpected(error: Exception) -> int:
    said = " ".join(str(error).split())[:200]
    output.error(
        f"unexpected failure: {type(error).__name__}{f': {said}' if said else ''}",
        f"nothing was permitted by it; run it again with {DEBUG}=1 and report what that prints",
    )
    return Exit.UNEXPECTED
