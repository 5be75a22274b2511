"""Copies of an office, for tests that change theirs."""

import shutil
from pathlib import Path

OBJECTS = "register/.git/objects"


def copied(office: Path, folder: Path) -> Path:
    """Copy an office, but for what git keeps: no object ever changes, so it is read where it is.

    Half of an office's files, and most of its folders, are objects; hundreds of tests would
    make them, and take them away again.
    """
    apart = office / OBJECTS

    def left_out(at: str, names: list[str]) -> list[str]:
        return names if Path(at) == apart else []

    shutil.copytree(office, folder, ignore=left_out)
    for each in ("pack", "info"):
        (folder / OBJECTS / each).mkdir()
    (folder / OBJECTS / "info/alternates").write_text(f"{apart}\n", encoding="utf-8")
    return folder
