"""Names and numbers of people, through every way in: where they may be kept, and nowhere else.

What an application says of people is kept in the hidden claims of the record, which can be
erased, and in no other table, file, line, metric, span or refusal. Once they are erased nothing
of it is left in any file of the office.
"""

import base64
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from anyio.from_thread import BlockingPortal

from api.app import create_app
from engine import bootstrap
from engine.request import LawfulBasis
from tests.api.application import TRUST, URL, evaluation
from tests.api.conftest import application, opened
from tests.api.test_mais import asked as requested
from tests.api.test_traces import collecting
from tests.api.written import Written

EACH = 240
"""How many names, NHS numbers and National Insurance numbers there are: 720 in all."""

MARKS = ("Quixfeather", "943 476 ", "QQ 12 3")
"""What each kind of them has in it, and nothing else has."""

HIDDEN = "disclosure"


def canaries() -> list[str]:
    """People nobody is, each told apart from every other."""
    chance = random.Random(11)
    numbers = chance.sample(range(10_000), 2 * EACH)
    given = [f"{first}{last}" for first in ("Wren", "Ash", "Rowan", "Hazel") for last in "abcdefg"]
    names = [f"{given[n % len(given)]}-{n} Quixfeather" for n in range(EACH)]
    nhs = [f"943 476 {n:04}" for n in numbers[:EACH]]
    insured = [f"QQ 12 3{n // 1000} {n % 1000:03} C" for n in numbers[EACH:]]
    return chance.sample([*names, *nhs, *insured], 3 * EACH)


def questions(people: Iterator[str]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Requests with somebody in each place that takes words: path, body, if it is well put."""
    for _ in range(18):
        one = evaluation()
        one["subject"]["id"] = next(people)
        one["resource"]["id"] = next(people)
        one["resource"]["properties"]["subject_ref"] = next(people)
        one["context"]["necessity"] = f"{next(people)} is not safe tonight."
        one["context"]["public_task_statement"] = f"To look after {next(people)}."
        one["context"]["handling_conditions"] = f"Not for {next(people)}."
        one["context"]["nonce"] = next(people).replace(" ", "-")
        # What nobody knows is not read; that it was there is said to whoever sent it.
        one["context"][next(people)] = next(people)
        one["subject"]["properties"]["name"] = {"given": [next(people)]}
        yield "/access/v1/evaluation", one, True
        yield "/access/v1/evaluations", {"evaluations": [one]}, True
        said = requested(
            {"holder": TRUST, "requester": next(people), "necessity": f"For {next(people)}."}
        )
        said["Identifier"]["value"] = next(people)
        said["RequestedData"]["Query"]["Identifier"][0]["value"] = next(people)
        yield "/mais/v1/requests", said, True
    yield from mistyped(people)
    for place, name in (
        *(("context", name) for name in ("purpose", "asked_by", "agreement", "no_consent_reason")),
        *(("subject", name) for name in ("agency", "role")),
        *(("resource", name) for name in ("holder", "classification", "handling")),
    ):
        for _ in range(3):
            wrong = evaluation()
            within = wrong[place] if place == "context" else wrong[place]["properties"]
            within[name] = next(people)
            yield "/access/v1/evaluation", wrong, False
    for name in ("categories", "about"):
        wrong = evaluation()
        wrong["resource"]["properties"][name] = [next(people)]
        yield "/access/v1/evaluation", wrong, False
    for name in ("article6", "gateway"):
        wrong = evaluation()
        wrong["context"]["lawful_basis"][name] = next(people)
        yield "/access/v1/evaluation", wrong, False
    for entity, name in (("subject", "type"), ("action", "name"), ("resource", "type")):
        wrong = evaluation()
        wrong[entity][name] = next(people)
        yield "/access/v1/evaluation", wrong, wrong[entity] is wrong["subject"]


def mistyped(people: Iterator[str]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Questions with somebody where a word of the vocabulary belongs, shaped like one."""
    words = (each.replace(" ", "-") for each in people)
    for _ in range(3):
        for place, names in (
            ("context", ("purpose", "no_consent_reason")),
            ("subject", ("role",)),
            ("resource", ("classification", "handling", "collected_under")),
        ):
            for name in names:
                wrong = evaluation()
                within = wrong[place] if place == "context" else wrong[place]["properties"]
                within[name] = next(words)
                yield "/access/v1/evaluation", wrong, True
        for name in ("categories", "about"):
            wrong = evaluation()
            wrong["resource"]["properties"][name].append(next(words))
            yield "/access/v1/evaluations", {"evaluations": [wrong]}, True
        wrong = evaluation()
        wrong["context"]["confirms"] = [next(words)]
        yield "/access/v1/evaluation", wrong, True
        for name in LawfulBasis.model_fields:
            wrong = evaluation()
            wrong["context"]["lawful_basis"][name] = next(words)
            yield "/access/v1/evaluation", wrong, True
        # An id has no capitals, so these are numbers of patients.
        numbers = (each for each in words if each.startswith("943"))
        wrong = evaluation()
        wrong["context"]["agreement"] = next(numbers)
        yield "/access/v1/evaluation", wrong, True
        wrong = evaluation()
        wrong["resource"]["properties"]["holder"] = next(numbers)
        yield "/access/v1/evaluation", wrong, True
        said = requested({"holder": TRUST, "about": [next(words)]}, AssertedPurpose=next(words))
        said["RequestedData"]["dataCategories"].append(next(words))
        yield "/mais/v1/requests", said, True
        yield "/mais/v1/requests", requested({"holder": next(numbers)}), True


def found_in(data: bytes) -> list[str]:
    """Whose kind stands in it, plainly or as base64 writes it, whatever is before."""
    return [
        mark
        for mark in MARKS
        for plain in (mark, mark.replace(" ", "-"))
        if any(each in data for each in _spelt(plain.encode()))
    ]


def _spelt(plain: bytes) -> Iterator[bytes]:
    yield plain
    for before in range(3):
        made = base64.urlsafe_b64encode(bytes(before) + plain)
        # The first and the last sign hold bits of what stands beside it.
        yield made[(before * 8 + 5) // 6 : (before + len(plain)) * 8 // 6]


def dumped(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every table of the records, row by row."""
    with closing(sqlite3.connect(folder / "log.sqlite")) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            rows = database.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608 -- ours.
            yield table, "\n".join(map(repr, rows)).encode()


def erased(folder: Path) -> None:
    """Take the hidden claims of every record away, as its owner may."""
    with closing(sqlite3.connect(folder / "log.sqlite")) as database:
        database.execute("PRAGMA secure_delete = ON")
        database.execute("DELETE FROM disclosure")
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def files(folder: Path, *, but: str = "") -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not (but and path.name.startswith(but)):
            yield str(path), path.read_bytes()


def test_people_are_in_the_hidden_claims_and_nowhere_else(
    folder: Path, portal: BlockingPortal, written: Written
) -> None:
    people = canaries()
    coming = iter(people)
    told, refusals, metrics = 0, b"", b""

    with collecting() as (collector, endpoint):
        with (folder / "office.toml").open("a") as settings:
            settings.write(f'\n[traces]\nendpoint = "{endpoint}"\n')
        with opened(create_app(folder, url=URL), portal) as http:
            council = application("council-app", portal, http)
            token = council.token()
            for path, said, well_put in questions(coming):
                sent = {"X-Request-ID": next(coming), "User-Agent": next(coming)}
                sent["DPoP"] = council.proof(path, token)
                asked = f"{path}?who={sent['User-Agent']}"
                answered = council.post(asked, said, token=token, headers=sent)
                told += answered.status_code == 200
                assert answered.status_code == 200 or not well_put, answered.text
                if not well_put:
                    assert answered.status_code in (400, 403), answered.text
                    refusals += answered.content
            refusals += council.send("GET", f"/v1/records/{next(coming)}").content
            auditor = application("audit-app", portal, http)
            counted = auditor.token(scope="audit")
            headers = {"Authorization": f"DPoP {counted}"}
            headers["DPoP"] = auditor.proof("/metrics", counted, htm="GET")
            metrics = auditor.send("GET", "/metrics", headers=headers).content

    assert told >= 50
    assert len(people) - len(list(coming)) >= 400
    tables = dict(dumped(folder))
    assert set(found_in(tables.pop(HIDDEN))) == set(MARKS), "so they would have been found"
    for where, data in (
        *tables.items(),
        *files(folder, but="log.sqlite"),
        ("journal", written.data if written.lines else b""),
        ("metrics", metrics),
        ("traces", collector.raw),
        ("refusals", refusals),
    ):
        assert found_in(data) == [], where

    erased(folder)

    for where, data in files(folder):
        assert found_in(data) == [], where
    with bootstrap.open_office(folder) as office:
        assert office.evidence.check_log().sound
