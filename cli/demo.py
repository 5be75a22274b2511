"""The whole promise in one screen, on made-up agencies and a made-up child.

What is shown is what the commands do: the same services, and each proof is
checked by a process of its own that has nothing but public keys. The afternoon
is a fixed one, so that the story stays the same whatever the calendar says.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import demo_http, demo_screen, files, output
from cli.demo_http import MARK
from cli.demo_screen import AGREEMENT, Agreed
from cli.exits import Exit, UsageError
from cli.options import AsJson
from engine.errors import ProofError, StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.service import Office
    from engine.service.desk import Answered

FRIDAY = datetime(2026, 11, 20, 16, 50, tzinfo=UTC)
"""Ten to five on a Friday, inside the agreement."""

_HOME = "northshire-council"
_STORY = ("permit", "deny", "refer")

Keep = Annotated[
    Path,
    typer.Option("--keep", metavar="DIR", help="Where to keep the office that the demo makes."),
]


@dataclass(frozen=True, slots=True)
class _Afternoon:
    """A clock that stands still: at ten to five, or now if that is earlier."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def demo(*, keep: Keep = Path("demo-office"), as_json: AsJson = False) -> int:
    """Watch one agreement being signed, asked, recorded and checked.

    Leaves an office to play with. A folder is replaced only if the demo itself made it.
    """
    _refuse_anothers(keep)
    with _workshop(keep) as folder, output.working("signing, asking and checking"):
        office, agreed = _agree(folder)
        answers = {name: _ask(office, folder, name) for name in _STORY}
        checked = {name: _check(folder, name) for name in _STORY}
        reasons = {name: demo_screen.why(answered) for name, answered in answers.items()}
        demo_http.furnish(office, folder, _questions())
        office.close()
    if as_json:
        output.document_json(_as_json(keep, agreed, answers, checked))
        return Exit.DONE
    demo_screen.show_agreed(agreed)
    demo_screen.show_answers(answers, reasons)
    demo_screen.show_checked(checked)
    demo_screen.show_next(keep)
    return Exit.DONE


# The folder


def _refuse_anothers(keep: Path) -> None:
    """Refuse to replace what the demo did not make."""
    if not keep.parent.is_dir():
        raise UsageError(f"there is no folder `{keep.parent}`", hint="make it first")
    if keep.is_symlink() or (keep.exists() and not (keep / MARK).is_file()):
        raise UsageError(
            f"`{keep}` is there already, and the demo did not make it",
            hint="name another folder: concordat demo --keep DIR",
        )


@contextmanager
def _workshop(keep: Path) -> Iterator[Path]:
    """A folder to work in that takes the place of the last demo's once all is well."""
    try:
        with tempfile.TemporaryDirectory(dir=keep.parent, prefix=f".{keep.name}-") as workshop:
            folder = Path(workshop) / "office"
            yield folder
            (folder / MARK).touch()
            if keep.exists():
                shutil.rmtree(keep)
            folder.rename(keep)
    except OSError as fault:
        reason = (fault.strerror or "the disk refused").lower()
        raise StorageError(
            f"`{keep}` cannot be made: {reason}", hint="concordat demo --keep DIR"
        ) from fault


# The story


def _agree(folder: Path) -> "tuple[Office, Agreed]":
    """Make an office, put the example in it, and have it checked, signed and published."""
    from agreements import document
    from agreements.signatories import needed
    from engine.adapters.seed import agency_register, examples
    from engine.bootstrap import create_office
    from engine.service.agencies import AGENCIES

    clock = _Afternoon(min(FRIDAY, datetime.now(UTC).replace(microsecond=0)))
    agreement = document.parse(examples()[AGREEMENT]).agreement
    names = {party.id: party.name for party in agreement.parties}
    names |= {each.agency: each.name for party in agreement.parties for each in party.members}
    seats = needed(agreement, clock.now())
    agencies = list(dict.fromkeys(seat.agency for seat in seats))
    office = create_office(
        folder,
        agency=_HOME,
        name=names[_HOME],
        now=clock.now(),
        demo_parties=[(agency, names[agency]) for agency in agencies if agency != _HOME],
        clock=clock,
    )
    office.premises.register.commit({AGENCIES: agency_register()}, "agencies", clock.now())
    text = office.premises.register.path(f"agreements/{AGREEMENT}.yaml")
    files.write(str(text), examples()[AGREEMENT])
    findings = office.author.check(AGREEMENT)[1]
    for seat in seats:
        office.author.sign(AGREEMENT, seat.agency, role=seat.role)
    published = office.author.publish(AGREEMENT)
    doubts = sum(each.severity == "W" for each in findings)
    return office, Agreed(agreement, doubts, published)


def _questions() -> dict[str, bytes]:
    from importlib.resources import files as resources

    shipped = resources("agreements").joinpath("examples", "demo")
    return {name: shipped.joinpath(f"{name}.json").read_bytes() for name in _STORY}


def _ask(office: "Office", folder: Path, name: str) -> "Answered":
    question = _questions()[name]
    answered = office.desk.ask(question, at=FRIDAY)
    (folder / "questions").mkdir(exist_ok=True)
    files.write(str(folder / "questions" / f"{name}.json"), question)
    files.write(str(folder / f"{name}.proof.json"), office.evidence.proof(answered.jti))
    return answered


def _check(folder: Path, name: str) -> "Mapping[str, Any]":  # Any: JSON.
    """Let a process of its own verify a proof: it has the file and the public keys."""
    ran = subprocess.run(  # noqa: S603 -- our own command line.
        [*_ourselves(), "verify", f"{name}.proof.json", "--trust", "trust.json", "--json"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    if ran.returncode != Exit.DONE:
        said = ran.stderr.decode(errors="replace").partition("\n")[0]
        raise ProofError(f"`{name}.proof.json` did not verify: {said}")
    found: Mapping[str, Any] = json.loads(ran.stdout)
    return found


def _ourselves() -> list[str]:
    """How to start this very program from another folder."""
    import concordat

    home = str(Path(concordat.__file__).resolve().parents[1])
    start = f"import sys; sys.path.insert(0, {home!r}); from concordat.__main__ import main; "
    return [sys.executable, "-c", f"{start}sys.exit(main())"]


def _as_json(
    keep: Path,
    agreed: "Agreed",
    answers: "Mapping[str, Answered]",
    checked: "Mapping[str, Mapping[str, Any]]",
) -> dict[str, Any]:
    return {
        "office": str(keep),
        "agreement": agreed.published.agreement,
        "version": agreed.published.version,
        "signed_by": list(agreed.published.signed_by),
        "answers": [
            {
                "question": f"questions/{name}.json",
                "proof": f"{name}.proof.json",
                "outcome": answered.decision.outcome.value,
                "code": answered.decision.code.value,
                "jti": answered.jti,
                "verified": checked[name]["result"],
            }
            for name, answered in answers.items()
        ],
    }
