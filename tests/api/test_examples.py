"""What integrators copy works as it stands: the client, the sandbox office, the tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from anyio.from_thread import BlockingPortal
from jwcrypto.jwk import JWK

from tests.api.application import Application, evaluation
from tests.api.conftest import KEYS
from tests.cli.terminal import shimmed

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs/examples"
COPIED = ("concordat_client.py", "conftest.py", "test_sharing.py")


def test_the_files_to_copy_work_in_another_folder(tmp_path: Path) -> None:
    for name in COPIED:
        shutil.copy(EXAMPLES / name, tmp_path)
    path = f"{shimmed(tmp_path / 'bin')}:{os.environ['PATH']}"

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "7 passed" in ran.stdout


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({}, ""),
        ({"outcome": "permit", "code": "permitted"}, "differ in `outcome`"),
        ({"code": "no_agreement"}, "differ in `code`"),
        ({"evaluation_id": "another"}, "differ in `evaluation_id`"),
        ({"record": "e30.e30.AAAA"}, "not signed by the office"),
        ({"outcome": None}, "differ in `outcome`"),
    ],
)
def test_the_client_believes_no_answer_that_its_record_does_not_bear_out(
    council: Application,
    http: httpx2.AsyncClient,
    portal: BlockingPortal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, str | None],
    refused: str,
) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    from concordat_client import Concordat, NoAnswerError

    asked = evaluation()
    asked["context"]["purpose"] = "child-protection-enquiry"
    asked["resource"]["properties"]["categories"] = ["intelligence"]  # Denied by a clause.
    answered = council.post("/access/v1/evaluation", asked).json()
    answered["context"] |= changed
    answered["decision"] = answered["context"]["outcome"] == "permit"
    keys = portal.call(http.get, "/.well-known/jwks.json").json()["keys"]
    key = tmp_path / "client.jwk"
    key.write_text(JWK(**KEYS["council-app"].to_jwk()).export())
    client = Concordat("http://counter", "council-app", key)
    monkeypatch.setattr(client, "_post", lambda *_: answered)
    client._keys = {jwk["kid"]: JWK(**jwk) for jwk in keys}

    if not refused:
        assert not client.ask(asked).permitted
        return
    with pytest.raises(NoAnswerError, match=refused):
        client.ask(asked)
