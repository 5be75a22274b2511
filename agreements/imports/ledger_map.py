"""Which column of a ledger holds what, and what its words for it mean: a short TOML file.

```toml
dates = "DD/MM/YYYY"            # else dates are YYYY-MM-DD

[columns]                       # their column = our column (docs/exchange.md lists ours)
"DSA ref" = "id"
"Lawful basis" = "article6"

[values.article6]               # their word = our code
"Public task" = "6-1-e"

[defaults]                      # our column = what stands in every row
jurisdiction = "england"
```
"""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from agreements.characters import decode
from agreements.errors import DocumentError
from agreements.exports.columns import COLUMNS
from agreements.faults import quoted
from agreements.values import Words

Word = Annotated[str, Field(min_length=1, max_length=1024)]


class LedgerMap(Words):
    """How a ledger is read."""

    dates: Literal["YYYY-MM-DD", "DD/MM/YYYY"] = "YYYY-MM-DD"
    columns: Annotated[dict[Word, Word], Field(max_length=256)] = Field(default_factory=dict)
    values: Annotated[dict[Word, dict[Word, Word]], Field(max_length=64)] = Field(
        default_factory=dict
    )
    defaults: Annotated[dict[Word, str], Field(max_length=256)] = Field(default_factory=dict)


def read_map(text: str | bytes) -> LedgerMap:
    """Read a map.

    Raises:
        DocumentError: It is no TOML, or names a column that we do not have.
    """
    try:
        found = LedgerMap.model_validate(tomllib.loads(decode(text)))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DocumentError(
            f"the map is no TOML: {error}".lower(), hint="docs/exchange.md shows one"
        ) from None
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise DocumentError(
            f"the map: {quoted(where)} is not what belongs there", hint="docs/exchange.md shows one"
        ) from None
    return checked(found)


def with_pairs(found: LedgerMap, pairs: Sequence[str]) -> LedgerMap:
    """A map with more columns, each given as `their column=our column`.

    Raises:
        DocumentError: One is no pair, or names a column that we do not have.
    """
    columns = dict(found.columns)
    for pair in pairs:
        theirs, equals, ours = pair.rpartition("=")
        if not equals or not theirs.strip() or not ours.strip():
            raise DocumentError(f"{quoted(pair)} is no pair", hint='write "Their column=ours"')
        columns[theirs.strip()] = ours.strip()
    return checked(found.model_copy(update={"columns": columns}))


def checked(found: LedgerMap) -> LedgerMap:
    """The map itself, if every column it names is one of ours, and named once.

    Raises:
        DocumentError: One is not.
    """
    for name in (*found.columns.values(), *found.values, *found.defaults):
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"ours are: {', '.join(COLUMNS)}"
            raise DocumentError(f"{quoted(name)} is no column of ours", hint=hint)
    twice = _twice(found.columns)
    if twice:
        raise DocumentError(f"two columns are mapped to `{twice}`", hint="keep one of them")
    return found


def _twice(columns: Mapping[str, str]) -> str:
    seen: set[str] = set()
    for name in columns.values():
        if name in seen:
            return name
        seen.add(name)
    return ""
