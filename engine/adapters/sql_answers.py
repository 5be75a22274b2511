"""Answers kept under the names that their askers gave the requests.

Promises that there is one answer under a name, and that none outlives its day by
more than the next answer that is kept. Begins and ends no transaction itself.
"""

import json
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from engine.adapters.sql_tables import ANSWER
from engine.ports_answers import GivenAnswer

_FORGET: Final = delete(ANSWER)
_KEEP: Final = insert(ANSWER)


def find(connection: Connection, name: str) -> GivenAnswer | None:
    """The answer under a name, if there is one."""
    found = connection.execute(select(ANSWER).where(ANSWER.c.name == name)).one_or_none()
    if found is None:
        return None
    _, request_sha256, status, headers, body, at_s = found
    return GivenAnswer(request_sha256, status, json.loads(headers), bytes(body), at_s)


def keep(connection: Connection, name: str, given: GivenAnswer, *, since_s: int) -> None:
    """Keep an answer, and forget those given before an instant."""
    connection.execute(_FORGET.where(ANSWER.c.at_s < since_s))
    row = {
        "name": name,
        "request_sha256": given.request_sha256,
        "status": given.status,
        "headers": json.dumps(given.headers, sort_keys=True),
        "body": given.body,
        "at_s": given.at_s,
    }
    connection.execute(_KEEP, row)
