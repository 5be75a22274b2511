"""Putting an agreement's scenarios to the engine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import files, output
from cli.exits import Exit, UsageError
from cli.options import AsJson, OfficeFolder, opened

if TYPE_CHECKING:
    from engine.trial import Trial

Scenarios = Annotated[
    list[str],
    typer.Argument(metavar="ID|PATH…", help="Scenario files, folders of them, or agreements."),
]


def run_scenarios(
    targets: Scenarios, *, office: OfficeFolder = None, as_json: AsJson = False
) -> int:
    """Put each scenario to the engine and say which came out as its parties expect.

    A scenario file names its agreement. Ends with 5 if a scenario fails.
    """
    with output.working("asking"):
        trials = [
            (path, trial) for path in _scenario_files(targets, office) for trial in _trials(path)
        ]
    failed = sum(not trial.passed for _, trial in trials)
    if as_json:
        keys = ("id", "title", "passed", "expected", "got", "why")
        rows = [
            {"file": str(path)} | {key: getattr(trial, key) for key in keys}
            for path, trial in trials
        ]
        output.document_json({"passed": len(trials) - failed, "failed": failed, "scenarios": rows})
    else:
        _show_trials(trials, failed)
    return Exit.INVALID if failed else Exit.DONE


def _scenario_files(targets: list[str], office: Path | None) -> list[Path]:
    """The scenario files that were named, those of a folder, and those beside an agreement."""
    found: list[Path] = []
    for target in targets:
        path = Path(target)
        if path.is_dir():
            within = sorted(path.rglob("*.scenarios.y*ml"))
            if not within:
                raise UsageError(
                    f"`{target}` holds no scenarios", hint="name them x.scenarios.yaml"
                )
            found += within
        elif path.suffix in (".yaml", ".yml") and ".scenarios." not in path.name:
            found.append(path.with_name(f"{path.stem}.scenarios{path.suffix}"))
        elif path.suffix or path.exists():
            found.append(path)
        else:
            register = opened(office).premises.register
            found.append(register.path(f"agreements/{target}.scenarios.yaml"))
    return found


def _trials(path: Path) -> "tuple[Trial, ...]":
    from agreements import document, scenario
    from agreements.errors import DocumentError
    from cli.drafts import law, placed
    from engine import trial

    try:
        asked = scenario.parse(files.read(str(path), what="scenarios"))
    except DocumentError as fault:
        raise placed(fault, str(path)) from None
    beside = [str(path.with_name(name)) for name in asked.agreements]
    read = [document.parse(files.read(name, what="an agreement")).agreement for name in beside]
    return trial.run(asked, read, law())


def _show_trials(trials: "list[tuple[Path, Trial]]", failed: int) -> None:
    last = None
    for path, trial in trials:
        if path != last:
            output.say(output.paint("name", path))
            last = path
        tick = output.paint("good", "✓") if trial.passed else output.paint("bad", "✗")
        output.tell(f"{trial.id}  {trial.title}", indent=4, first=f"  {tick} ")
        if not trial.passed:
            output.tell(f"expected {trial.expected}", indent=15, first="      ", style="quiet")
            output.tell(f"got {trial.got}", indent=15, first="      ", style="bad")
            output.tell(trial.why, indent=8, first="      ")
    mark = output.paint("bad", "✗") if failed else output.paint("good", "✓")
    output.say(f"{mark} {len(trials) - failed} of {len(trials)} as expected")
