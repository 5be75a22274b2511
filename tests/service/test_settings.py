"""The settings of an office: from its file, from the environment, and nothing misspelt."""

import re
from pathlib import Path
from typing import Any

import pytest

from engine.errors import StorageError
from engine.service import settings
from engine.service.setting_fields import FIELDS, Field

DOCS = Path(__file__).resolve().parents[2] / "docs"
OFFICE = """[office]
agency = "northshire-council"
name = "Northshire Council"
issuer = "https://office.northshire.example"
log = "log.northshire.example/decisions/2026"
"""
OTHERS: dict[str, Any] = {
    "url": "https://other.example",
    "traces_endpoint": "http://127.0.0.1:4318/v1/traces",
    "hook_secret": "s" * 32,
    "journal_level": "debug",
    "host": "::1",
}


def other(field: Field) -> Any:
    """A value that is not the one by default."""
    if field.key in OTHERS:
        return OTHERS[field.key]
    if isinstance(field.default, bool):
        return not field.default
    written = {"certificate_header": "Other-Header", "proxies": "10.0.0.9"}
    other_text = written.get(field.name, f"other-{field.name}")
    return field.most if isinstance(field.default, int) else other_text


def spelt(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("field", FIELDS, ids=lambda each: each.place)
def test_the_environment_says_a_setting_and_wins(field: Field) -> None:
    found = settings.read_stated(OFFICE.encode(), {field.variable: spelt(other(field))})

    said = next(each for each in found if each.field is field)
    assert said.value == other(field)
    assert said.source == field.variable
    assert getattr(settings.read(OFFICE.encode(), {field.variable: spelt(other(field))}), field.key)


@pytest.mark.parametrize("field", FIELDS, ids=lambda each: each.place)
def test_the_file_says_a_setting_and_keeps_it(field: Field) -> None:
    said = settings.read(OFFICE.encode(), {field.variable: spelt(other(field))})

    again = settings.read(settings.write(said))

    assert again == said
    assert again != settings.read(OFFICE.encode())


def test_what_is_by_default_is_not_written() -> None:
    assert settings.write(settings.read(OFFICE.encode())).decode() == OFFICE


REFUSED = {
    "a name nobody knows": (
        "[http]\nprot = 1\n",
        {},
        "`prot` in",
    ),
    "a table nobody knows": ("[htp]\nport = 1\n", {}, r"`\[htp\]`"),
    "a table that is none": ("http = 1\n", {}, r"`\[http\]`"),
    "text for a number": ('[http]\nport = "1"\n', {}, "whole number from 1 to 65535"),
    "a flag for a number": ("[http]\nport = true\n", {}, "whole number"),
    "a number for a flag": ("[http]\nplain_bearer = 1\n", {}, "`true` or `false`"),
    "a number too great": ("[http]\nport = 65536\n", {}, "whole number"),
    "a level that is none": ('[journal]\nlevel = "loud"\n', {}, "one of debug, info"),
    "a secret too short": ('[register]\nhook_secret = "abc"\n', {}, "shorter than 32"),
    "no address": ('[http]\nurl = "ftp://x"\n', {}, "no address"),
    "a variable nobody knows": ("", {"CONCORDAT_HTTP_PROT": "1"}, "`CONCORDAT_HTTP_PROT`"),
    "a variable of another kind": ("", {"CONCORDAT_HTTP_PORT": "08"}, "from `CONCORDAT_HTTP_PORT`"),
    "a flag in other words": ("", {"CONCORDAT_HTTP_PLAIN_BEARER": "yes"}, "`true` or `false`"),
}


@pytest.mark.parametrize(("more", "environment", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_a_setting_that_is_none_is_refused(
    more: str, environment: dict[str, str], said: str
) -> None:
    # Before the first table, so that a top-level name is one.
    document = more + OFFICE if more.startswith("http ") else OFFICE + more

    with pytest.raises(StorageError, match=said):
        settings.read(document.encode(), environment)


def test_other_variables_are_nobodys_business() -> None:
    assert settings.read(OFFICE.encode(), {"CONCORDAT_DEBUG": "1", "HTTP_PORT": "x"}).port == 8700


def test_a_secret_is_never_shown() -> None:
    variable = "CONCORDAT_REGISTER_HOOK_SECRET"

    found = settings.read_stated(OFFICE.encode(), {variable: "canary" * 8})

    assert "canary" not in " ".join(each.shown for each in found)
    assert "canary" not in repr(settings.read(OFFICE.encode(), {variable: "canary" * 8}))


def said(field: Field) -> bool:
    return field.default not in (None, "")


def test_the_page_lists_every_setting_as_it_is() -> None:
    page = (DOCS / "running.md").read_text(encoding="utf-8")

    rows = re.findall(r"^\| `([a-z_.]+)` \| `([A-Z_]+)` \| (\S.*?) \|", page, re.MULTILINE)

    assert rows == [
        (
            each.place,
            each.variable,
            "–" if each.default in (None, "") else f"`{spelt(each.default)}`",
        )
        for each in FIELDS
    ]
