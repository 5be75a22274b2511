"""What comes with the program: schema, statute, examples, and the digest of its own source.

Works alike in a checkout and in the wheel, where the floors stand side by side.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

_SOURCES = ("agreements", "engine")
_AGENCIES = "agencies.yaml"


@dataclass(frozen=True, slots=True)
class Seed:
    """The law a new office begins with.

    Attributes:
        schema: The Cedar schema.
        statute: Cedar policy text by file name without its ending.
    """

    schema: bytes
    statute: Mapping[str, bytes]


def seed() -> Seed:
    """The schema and statute that come with this version."""
    folder = _floor("policies")
    statute = {
        path.stem: path.read_bytes() for path in sorted((folder / "statute").glob("*.cedar"))
    }
    return Seed((folder / "concordat.cedarschema").read_bytes(), statute)


def examples() -> dict[str, bytes]:
    """The worked agreements that come with this version, by id."""
    found = sorted((_floor("agreements") / "examples").rglob("*.yaml"))
    texts = [path for path in found if not path.name.endswith((".scenarios.yaml", _AGENCIES))]
    return {path.stem: path.read_bytes() for path in texts}


def agency_register() -> bytes:
    """The agency register of the worked example."""
    return (_floor("agreements") / "examples" / _AGENCIES).read_bytes()


def questions() -> dict[str, bytes]:
    """The questions of the demonstration, as JSON, by the outcome they have."""
    folder = _floor("agreements") / "examples" / "demo"
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.json"))}


@cache
def build_sha256() -> str:
    """Name the source this program runs from: a digest over every file of engine and agreements."""
    listed = hashlib.sha256()
    for path in _sources():
        name = path.relative_to(_floor("engine").parent).as_posix()
        listed.update(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n".encode())
    return listed.hexdigest()


def _sources() -> Iterator[Path]:
    for floor in _SOURCES:
        found = (path for path in _floor(floor).rglob("*") if path.suffix in (".py", ".toml"))
        yield from sorted(found)


def _floor(name: str) -> Path:
    # Found beside this very package: another folder of the same name on the path
    # of the process must not be taken for ours.
    return Path(str(files("engine"))).parent / name
