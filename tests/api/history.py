"""What applications were told, written down as they were told it, to be held against the log."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from engine.service import Office
from tests.api.application import evaluation
from tests.service.test_crash import assert_all_are_there

BATCH = 5


@dataclass(frozen=True)
class Told:
    """One answer that came whole.

    Attributes:
        record: The SHA-256 of the record in it.
    """

    index: int
    jti: str
    record: str


def digest(record: str) -> str:
    return hashlib.sha256(record.encode()).hexdigest()


class History:
    """One application's file, a line for each answer, written before it asks again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.count = 0

    def note(self, answers: Iterable[dict[str, Any]]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            for answer in answers:
                told = answer["context"]
                line = [told["index"], told["evaluation_id"], digest(told["record"])]
                file.write(json.dumps(line) + "\n")
                self.count += 1


def read(folder: Path) -> list[Told]:
    """All that anybody was told."""
    lines = [line for each in sorted(folder.iterdir()) for line in each.read_text().splitlines()]
    return [Told(*json.loads(line)) for line in lines]


def asking(url: str, bearer: str) -> Iterator[tuple[int, list[dict[str, Any]], httpx2.Response]]:
    """Ask one question and then several, until nobody answers any more.

    Yields:
        The status, the answers if there are any, and the response.
    """
    headers = {"Authorization": f"Bearer {bearer}"}
    several = evaluation() | {"evaluations": [{}] * BATCH}
    with httpx2.Client(headers=headers, timeout=30) as http:
        while True:
            for path, body in (("evaluation", evaluation()), ("evaluations", several)):
                try:
                    said = http.post(f"{url}/access/v1/{path}", json=body)
                except httpx2.HTTPError:
                    return
                answers: list[dict[str, Any]] = []
                if said.status_code == 200:
                    answers = said.json().get("evaluations") or [said.json()]
                yield said.status_code, answers, said


def assert_told_is_kept(office: Office, told: list[Told]) -> None:
    """Every answer is in the log once, at its place, as it was sent, and provably."""
    assert len({each.jti for each in told}) == len(told)
    assert_all_are_there(office, [(each.index, each.jti) for each in told])
    kept = {entry.index: entry.jws for entry in office.premises.records.entries()}
    assert [each.index for each in told if digest(kept[each.index]) != each.record] == []
