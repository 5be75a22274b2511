"""What a service needs, looked at before it is started: by `concordat doctor`."""

from pathlib import Path

import pytest

from engine import bootstrap
from engine.service import Office
from engine.service.doctor import Checked
from tests.service.sharing import git


def looked_at(folder: Path, name: str) -> Checked:
    (found,) = [each for each in bootstrap.examine(folder) if each.name == name]
    return found


def say(folder: Path, *lines: str) -> None:
    path = folder / "office.toml"
    path.write_text("\n".join([path.read_text(), *lines, ""]))


NAMES = ("owner", "workers", "register's moves", "guards", "traces")


def test_a_new_office_may_be_served(office: Office, folder: Path) -> None:
    found = [each for each in bootstrap.examine(folder) if each.name in NAMES]

    assert [each.name for each in found] == list(NAMES)
    assert all(each.ok and not each.hint for each in found)


SECRET = "0123456789abcdef0123456789abcdef"
AMISS = [
    ("workers", ["[http]", "workers = 2"], "a file has one writer", False),
    ("register's moves", ["[register]", "pull_s = 60"], "is shared nowhere", True),
    ("register's moves", ["[register]", f'hook_secret = "{SECRET}"'], "is shared nowhere", True),
    ("traces", ["[traces]", 'endpoint = "http://collector.example"'], "others can read", True),
    (
        "guards",
        [
            *("[[guards]]", 'agency = "northshire-council"', 'kind = "opa"'),
            *('url = "https://opa.example"', 'path = "sharing/deny"', 'ca = "gone.pem"'),
        ],
        "gone.pem",
        False,
    ),
]


@pytest.mark.parametrize(
    ("name", "lines", "said", "ok"), AMISS, ids=[f"{row[0]}-{row[1][1]}" for row in AMISS]
)
def test_what_a_service_would_stumble_over_is_said_with_what_to_do(
    folder: Path, name: str, lines: list[str], said: str, ok: bool
) -> None:
    say(folder, *lines)

    found = looked_at(folder, name)

    assert found.ok is ok
    assert said in found.said
    assert found.hint
    assert SECRET not in found.said


def test_how_it_hears_of_what_others_do_is_said(folder: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "place.git")
    with bootstrap.open_office(folder) as office:
        office.sync.share(str(tmp_path / "place.git"))
    before = looked_at(folder, "register's moves").said
    say(folder, "[register]", "pull_s = 60", f'hook_secret = "{SECRET}"')

    assert before == "looked for every 5 s, pulled by hand alone"
    assert looked_at(folder, "register's moves").said == (
        "looked for every 5 s, pulled every 60 s, told by a forge"
    )


def test_a_folder_that_anybody_writes_to_is_refused(folder: Path) -> None:
    folder.chmod(0o777)

    found = looked_at(folder, "owner")

    assert not found.ok
    assert "whoever writes there decides" in found.hint
