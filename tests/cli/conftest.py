"""One office, made once by the demo, and a terminal in a copy of it for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.ready import loaded
from tests.cli.terminal import Terminal
from tests.copies import copied


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with our `concordat` in it, loaded already."""
    with loaded(tmp_path_factory.mktemp("ready")) as folder:
        yield folder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, commands: Path) -> Path:
    """The office that the demo leaves behind. Nobody changes it."""
    folder = tmp_path_factory.mktemp("made")
    ran = Terminal(folder, commands).run("concordat demo")
    assert ran.code == 0, ran.stderr
    return folder / "demo-office"


@pytest.fixture
def office(made: Path, tmp_path: Path) -> Path:
    """An office of this test's own."""
    return copied(made, tmp_path / "office")


@pytest.fixture
def terminal(office: Path, commands: Path) -> Terminal:
    """A terminal in that office."""
    return Terminal(office, commands)


@pytest.fixture
def bundle(made: Path) -> Path:
    """The proof of a permit."""
    return made / "permit.proof.json"


@pytest.fixture
def trust(made: Path) -> Path:
    """The keys to believe."""
    return made / "trust.json"
