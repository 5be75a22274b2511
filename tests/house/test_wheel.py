"""The wheel holds every floor, litters nothing, and runs from a folder of its own."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from concordat import __version__
from tests.house.test_house import ROOT, walk

CARRIED = ("agreements", "engine", "api", "cli", "policies")

# Runs `concordat --version` as the wheel would, then says where the terminal came from.
PROBE = """
import runpy, sys
sys.argv = ["concordat", "--version"]
try:
    runpy.run_module("concordat", run_name="__main__", alter_sys=True)
except SystemExit as exit:
    assert not exit.code, exit.code
print(sys.modules["cli.main"].__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without going online."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*build, "--directory", str(folder)], cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_every_file_of_every_floor(wheel: Path) -> None:
    carried = {
        name.removeprefix("concordat/_floors/")
        for name in zipfile.ZipFile(wheel).namelist()
        if name.startswith("concordat/_floors/")
    }

    ours = {path.relative_to(ROOT).as_posix() for floor in CARRIED for path in walk(ROOT / floor)}

    assert carried == ours


def test_the_wheel_puts_nothing_else_beside_the_libraries_of_others(wheel: Path) -> None:
    top_level = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert top_level == {"concordat", f"concordat_sharing-{__version__}.dist-info"}


def test_the_wheel_runs_from_a_folder_of_its_own(wheel: Path, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "target", tmp_path / "elsewhere"
    elsewhere.mkdir()
    # A rival of the same name where the command is run must not be taken for ours.
    (elsewhere / "cli.py").write_text("raise SystemExit('the wrong terminal')\n", encoding="utf-8")
    zipfile.ZipFile(wheel).extractall(target)

    ran = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert __version__ in ran.stdout
    assert str(target / "concordat" / "_floors" / "cli" / "main.py") in ran.stdout
