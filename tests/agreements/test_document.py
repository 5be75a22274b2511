"""Agreements are read strictly, and written and edited without loss."""

import difflib
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements import composing, document, faults
from agreements.errors import DocumentError
from agreements.model import Agreement
from agreements.nodes import Path
from agreements.spelling import Json
from tests.strategies import agreements

TEXT = """\
# Northshire, as agreed in March
concordat: "1"
id: northshire
version: "1"
title: Sharing in Northshire  # as on the cover
kind: isp
jurisdiction: [england]
end:
  on: 2027-03-31
parties:
  - id: council
    name: Northshire Council
    kind: council
    capacity: controller
  # The police joined late.
  - {id: police, name: Northshire Police, kind: police-force, capacity: controller}
clauses:
  - id: "4.2"
    title: Identity for the conference
    information: [identity]
    purposes: [marac]   # nothing else

    basis:  # each party its own
      council: {regime: UKGDPR, article6: [6-1-e]}
"""


def refused(text: str | bytes) -> tuple[int, int, str]:
    with pytest.raises(DocumentError) as caught:
        document.parse(text)
    assert caught.value.hint
    assert "\n" not in f"{caught.value}{caught.value.hint}"
    return caught.value.line, caught.value.column, str(caught.value)


def test_a_plain_agreement_is_read() -> None:
    read = document.parse(TEXT)

    assert read.agreement.clauses[0].purposes == ("marac",)
    assert read.text == TEXT
    assert document.parse(TEXT.encode()).agreement == read.agreement


def test_windows_line_ends_are_read() -> None:
    assert document.parse(TEXT.replace("\n", "\r\n")).agreement == document.parse(TEXT).agreement


@pytest.mark.parametrize("word", ["NO", "yes", "on", "2026-04-01", "12:30", "6-1-e", "1.2.3"])
def test_words_that_yaml_1_1_took_for_something_else_are_text(word: str) -> None:
    read = document.parse(TEXT.replace("Sharing in Northshire", word))

    assert read.agreement.title == word


def test_a_place_is_that_of_the_field_and_of_its_value() -> None:
    places = document.parse(TEXT).places

    assert places.of(("title",)) == (5, 1)
    assert places.value(("title",)) == (5, 8)
    assert places.of(("parties", 1)) == (16, 5)
    assert places.of(("clauses", 0, "basis", "council")) == (24, 7)
    assert places.of(("clauses", 0, "about", 3)) == (18, 5)


IS_READ = "is read as a number; write it in quotes:"
AN_INSTANT = "must be a date `YYYY-MM-DD` or an instant `YYYY-MM-DDTHH:MM:SSZ`"

BAD = {
    # What YAML offers and an agreement does without.
    "an anchor": ("[marac]", "&a [marac]", 21, 15, "an anchor `&a` is not allowed"),
    "an alias": ("[marac]", "*a", 21, 15, "an alias `*a` is not allowed"),
    "an anchor on nothing": ("[marac]", "&a", 21, 15, "an anchor `&a` is not allowed"),
    "a tag": ("[marac]", "!mine [a]", 21, 15, "a tag `!mine` is not allowed"),
    "a tag that would run a program": (
        *("Sharing in", "!!python/name:os.system"),
        *(5, 8, "a tag `tag:yaml.org,2002:python/name:os.system` is not allowed"),
    ),
    "a merge key": ("kind: isp", "<<: {}", 6, 1, "a merge key `<<` is not allowed"),
    "a directive": ("# Nor", "%YAML 1.1\n--- # Nor", 1, 1, "a `%` directive is not allowed"),
    "an endless directive": (
        "# Nor",
        f"%YAML {'9' * 5000}.1\n---\n#",
        1,
        1,
        "the text is not YAML",
    ),
    "a second document": ("clauses:", "---\nclauses:", 17, 1, "a second document begins"),
    "the same field twice": ("kind: isp", "id: other", 6, 1, "`id` is given twice"),
    "a party twice in a basis": (
        *("6-1-e]}", "6-1-e]}\n      council: {regime: LE}"),
        *(25, 7, "`council` is given twice"),
    ),
    "a list for a name": ("kind: isp", "? [a]\n: b", 6, 3, "a field's name must be text"),
    "a number for a name": ("kind: isp", "1: isp", 6, 1, "a field's name must be text: `1`"),
    "a tab for a margin": ("    name:", "\tname:", 12, 1, "a tab indents this line"),
    # What is read as something else.
    "a fraction for text": ("northshire", "4.2", 3, 5, f'`4.2` {IS_READ} "4.2"'),
    "a whole number for text": ("northshire", "42", 3, 5, f'`42` {IS_READ} "42"'),
    "a power for text": ("northshire", "1e3", 3, 5, f'`1e3` {IS_READ} "1e3"'),
    "a leading nought for text": ("northshire", "012", 3, 5, f'`012` {IS_READ} "012"'),
    "an octal number for text": ("northshire", "0o14", 3, 5, f'`0o14` {IS_READ} "0o14"'),
    "a hexadecimal number for text": ("northshire", "0x1F", 3, 5, f'`0x1F` {IS_READ} "0x1F"'),
    "infinity for text": ("northshire", ".inf", 3, 5, f'`.inf` {IS_READ} ".inf"'),
    "true for text": (
        *("northshire", "true"),
        *(3, 5, '`true` is read as true; write it in quotes: "true"'),
    ),
    "a shouted truth": ("northshire", "TRUE", 3, 5, "`TRUE` is read as true or false"),
    "no value": (" isp", "", 6, 1, "`kind` has no value"),
    "a tilde": (" isp", " ~", 6, 7, "`kind` has no value"),
    "null in a list": ("[marac]", "[null]", 21, 16, "an item of `purposes` has no value"),
    "the stand-in of an unknown word as a party": (
        *("{id: police", "{id: unknown-1"),
        *(16, 10, "`unknown-1` must not name an agency"),
    ),
    # What is not YAML.
    "a bracket left open": ("[marac]", "[marac", 21, 15, "a `[` is not closed"),
    "a colon in a line": ("Sharing in", "a: b", 5, 9, "a `:` where no field can begin"),
    "a quotation mark left open": (
        *("UKGDPR", '"UKGDPR'),
        *(24, 25, "a quotation mark is not closed"),
    ),
    "an escape beyond all characters": (
        *("Sharing in Northshire", '"\\UFFFFFFFF"'),
        *(1, 1, "the text is not YAML"),
    ),
    "half a character": (
        *("Sharing in Northshire", '"\\ud800"'),
        *(5, 8, "a character that does not exist: U+D800"),
    ),
    # What cannot be seen.
    "a nought byte": ("Sharing", "\0", 5, 8, "a character that cannot be seen: U+0000"),
    "a mark that turns text round": (
        *("Sharing", "\u202e"),
        *(5, 8, "a character that cannot be seen: U+202E"),
    ),
    "an unseen line break": ("Sharing", "\u2028", 5, 8, "a character that cannot be seen: U+2028"),
    "a lone carriage return": ("Sharing", "\r", 5, 8, "a character that cannot be seen: U+000D"),
    # What an agreement does not hold.
    "an unknown field": (
        *("purposes:", "purpse:"),
        *(21, 5, "`purpse` is not a field of a clause; did you mean `purposes`?"),
    ),
    "an unknown field unlike any": (
        *("kind: isp", "kind: isp\nzzz: a"),
        *(7, 1, "`zzz` is not a field of an agreement"),
    ),
    "the name a field has in the program": (
        *("purposes:", "holders:"),
        *(21, 5, "`holders` is not a field of a clause"),
    ),
    "a misspelt field that was needed": (
        *("title: Identity", "titel: Identity"),
        *(19, 5, "`titel` is not a field of a clause; did you mean `title`?"),
    ),
    "a clause without a title": (
        *("    title: Identity for the conference\n", ""),
        *(18, 5, "a clause has no `title`"),
    ),
    "a basis without a regime": ("regime: UKGDPR, ", "", 24, 7, "a basis has no `regime`"),
    "an id that climbs": (
        *("id: northshire", "id: ../../etc/passwd"),
        *(3, 5, "`../../etc/passwd` is not an identifier"),
    ),
    "a party called NO": ("id: council", "id: NO", 11, 9, "`NO` is not an identifier"),
    "a party that writes policy": (
        *("id: council", "id: 'x\", action, resource); permit(principal, action, resource); //'"),
        *(11, 9, '`x", action, resource); permit(principal, action, resource); …` is not an'),
    ),
    "a basis for nobody": ("council: {", "The Council: {", 24, 7, "`The Council` is not an id"),
    "no information": ("[identity]", "[]", 20, 18, "an empty list says nothing"),
    "a grant for no purpose": ("[marac]", "[]", 21, 15, "an empty list says nothing"),
    "one party alone": (
        *(
            "  - {id: police, name: Northshire Police, kind: police-force, capacity: controller}\n",
            "",
        ),
        *(11, 3, "`parties` must hold 2 or more"),
    ),
    "a word for a list": ("[identity]", "identity", 20, 18, "`information` must be a list"),
    "a list for text": ("Identity for", "[a] #", 19, 12, "`title` must be text"),
    "text for fields": ("{regime", "UKGDPR # {", 24, 16, "`council` must be fields"),
    "a day that never was": (
        *("2027-03-31", "2027-02-30"),
        *(9, 7, "`2027-02-30` is not a day of the calendar"),
    ),
    "a year for a day": ("2027-03-31", "2027", 9, 7, f"`2027` {AN_INSTANT}"),
    "midnight spelt out": (
        *("2027-03-31", "2027-03-31T00:00:00Z"),
        *(9, 7, "`2027-03-31T00:00:00Z` must be written as the date `2027-03-31`"),
    ),
    "two ends": (
        *("2027-03-31", "2027-03-31\n  open_ended: true"),
        *(9, 3, "an end is one of `on`, `event` or `open_ended: true`"),
    ),
    "yes for true": ("on: 2027-03-31", "open_ended: yes", 9, 15, "`open_ended` must be `true` or"),
    "a tier too high": ("kind: isp", "kind: isp\ntier: 7", 7, 7, "`7` is more than 2"),
    "a tier in quotes": (
        "kind: isp",
        'kind: isp\ntier: "1"',
        7,
        7,
        "`tier` must be a whole number",
    ),
    "a direction that is none": (
        *("capacity: controller}", "capacity: controller, direction: up}"),
        *(16, 96, "`up` is none of `provide`, `receive` or `both`"),
    ),
    "a length of time in words": (
        *("purposes: [marac]", "obligations: [{do: delete, after: six years}]"),
        *(21, 39, "`six years` is not a length of time"),
    ),
    "an exclusion with a basis": (
        *("title: Identity", "exclude: true\n    title: Identity"),
        *(18, 5, "an exclusion carries no basis, obligations or referral"),
    ),
}


@pytest.mark.parametrize(("old", "new", "line", "column", "says"), BAD.values(), ids=BAD)
def test_a_text_is_refused_at_its_fault_for(
    old: str, new: str, line: int, column: int, says: str
) -> None:
    assert old in TEXT

    found = refused(TEXT.replace(old, new, 1))

    assert found[:2] == (line, column)
    assert found[2].startswith(says)


WHOLE = {
    "nothing": ("", "the text is empty"),
    "only a comment": ("# a", "the text is empty"),
    "only a mark of a document": ("---\n", "the text is empty"),
    "a list": ("- a", "the text is not made of fields"),
    "a word": ("a", "the text is not made of fields"),
    "a byte order mark": (
        b"\xef\xbb\xbf" + TEXT.encode(),
        "the text begins with a byte order mark",
    ),
    "UTF-16": (TEXT.encode("utf-16"), "the text is not UTF-8"),
    "half a letter": (b"\xc3(", "the text is not UTF-8"),
    "half a character": ("\ud800", "a character that cannot be seen: U+D800"),
    "too much text": ("a" * (1 << 20) + "a", "the text is longer than 1 MiB"),
    "too many bytes": ("é" * (1 << 19) + "éé", "the text is longer than 1 MiB"),
}


@pytest.mark.parametrize(("text", "says"), WHOLE.values(), ids=WHOLE)
def test_a_whole_text_is_refused_for_being(text: str | bytes, says: str) -> None:
    assert refused(text) == (1, 1, says)


HOSTILE = {
    "a hundred thousand brackets": "[" * 100_000,
    "a hundred thousand braces": "{" * 100_000,
    "a hundred lists deep": f"a: {'[' * 100}{']' * 100}",
    "a megabyte of keys on a line": "a: " * 340_000,
    "a megabyte of dashes": "- " * 500_000,
    "a megabyte of question marks": "? " * 500_000,
    "a number without end": "a: " + "1" * 900_000,
    "a laugh that grows": "a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n",
    "a star too many": "a: " + "*" * 1000,
    "a megabyte of quotation marks": "'" * 1_000_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_refused_and_soon(text: str) -> None:
    refused(text)


def test_a_flat_text_of_too_many_items_is_refused() -> None:
    items = ",".join("a" for _ in range(composing.MAX_NODES))

    assert refused(f"a: [{items}]")[2] == "more than 100,000 keys and values"


def test_thirty_two_lists_are_deep_enough() -> None:
    text = f"a: {'[' * 31}b{']' * 31}"

    assert document.read(text).fields
    assert refused(text.replace("b", "[b]"))[2] == "nested deeper than 32"


@given(st.one_of(st.text(), st.binary(), st.text("ab:-[]{}\"'#&*!|> \n\t?%\\0.,")))
@settings(max_examples=300, deadline=None)
def test_whatever_the_text_the_only_error_is_ours(text: str | bytes) -> None:
    with pytest.raises(DocumentError):
        document.parse(text)


@given(st.integers(0, len(TEXT) - 1), st.text("ab:-[]{}\"'#&*!|> \n\t?%\\0.,\u2028é", max_size=3))
@settings(max_examples=200, deadline=None)
def test_a_text_damaged_anywhere_is_read_or_refused(at: int, damage: str) -> None:
    try:
        read = document.parse(TEXT[:at] + damage + TEXT[at + 1 :])
    except DocumentError:
        return

    assert document.parse(document.format(read.agreement)).agreement == read.agreement


# --- writing


@given(agreements())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_as_the_same(agreement: Agreement) -> None:
    text = document.format(agreement)

    read = document.parse(text).agreement

    assert read == agreement
    assert document.format(read) == text


def test_an_agreement_is_written_for_a_person_to_read() -> None:
    wording = (
        "The council may tell the police who lives at an address if a conference needs it. " * 2
    )
    agreement = document.parse(TEXT).agreement
    clause = agreement.clauses[0].model_copy(update={"wording": wording.strip(), "reason": "a\nb"})

    written = document.format(agreement.model_copy(update={"clauses": (clause,)}))

    assert written.endswith("""\
clauses:
  - id: "4.2"
    title: Identity for the conference
    wording: >-
      The council may tell the police who lives at an address if a conference needs it. The
      council may tell the police who lives at an address if a conference needs it.
    information: [identity]
    purposes: [marac]
    basis:
      council:
        regime: UKGDPR
        article6: [6-1-e]
    reason: |-
      a
      b
""")


# --- editing

EDITS: dict[str, tuple[Path, Json | None, list[str]]] = {
    "a title": (
        ("title",),
        "New: title",
        [
            "-title: Sharing in Northshire  # as on the cover",
            '+title: "New: title"  # as on the cover',
        ],
    ),
    "a list": (
        ("clauses", 0, "purposes"),
        ["marac", "mappa"],
        [
            "-    purposes: [marac]   # nothing else",
            "+    purposes: [marac, mappa]   # nothing else",
        ],
    ),
    "a new item": (
        ("clauses", 0, "purposes", 1),
        "mappa",
        [
            "-    purposes: [marac]   # nothing else",
            "+    purposes: [marac, mappa]   # nothing else",
        ],
    ),
    "a new field": (("clauses", 0, "about"), ["child"], ["+    about: [child]"]),
    "a field in braces": (
        ("parties", 1, "name"),
        "Police, North",
        [
            "-  - {id: police, name: Northshire Police, kind: police-force, capacity: controller}",
            '+  - {id: police, name: "Police, North", kind: police-force, capacity: controller}',
        ],
    ),
    "a new clause": (
        ("clauses", 1),
        {"id": "5", "title": "More", "information": ["contact"]},
        ['+  - id: "5"', "+    title: More", "+    information: [contact]"],
    ),
    "a field taken away": (
        ("clauses", 0, "purposes"),
        None,
        ["-    purposes: [marac]   # nothing else"],
    ),
    "a party taken away": (
        ("parties", 1),
        None,
        ["-  - {id: police, name: Northshire Police, kind: police-force, capacity: controller}"],
    ),
    "words become fields": (
        ("end",),
        {"open_ended": True},
        ["-  on: 2027-03-31", "+  open_ended: true"],
    ),
}


@pytest.mark.parametrize(("path", "value", "differs"), EDITS.values(), ids=EDITS)
def test_an_edit_changes_its_own_line_alone(
    path: Path, value: Json | None, differs: list[str]
) -> None:
    edited = document.edit(TEXT, path, value)

    lines = difflib.unified_diff(TEXT.splitlines(), edited.splitlines(), n=0, lineterm="")
    assert [line for line in lines if not line.startswith(("---", "+++", "@@"))] == differs


def test_an_edit_that_changes_nothing_leaves_every_byte() -> None:
    assert document.edit(TEXT, ("title",), "Sharing in Northshire") == TEXT


def test_an_edit_where_nothing_is_is_refused() -> None:
    with pytest.raises(DocumentError, match="there is no place for `nowhere 3`"):
        document.edit(TEXT, ("nowhere", 3), "a")


@given(agreements(), st.data())
@settings(max_examples=40, deadline=None)
def test_an_edited_field_is_read_as_what_was_written(
    agreement: Agreement, data: st.DataObject
) -> None:
    text = document.format(agreement)
    fields = document.read(text).fields
    path: Path = (data.draw(st.sampled_from(sorted(fields))),)
    value: Json = data.draw(st.one_of(st.text(st.characters(codec="utf-8")), st.just("a\nb")))

    edited = document.edit(text, path, value)

    assert document.read(edited).fields == {**fields, str(path[0]): value}


def test_every_shape_of_text_is_described_in_words() -> None:
    schema = json.dumps(Agreement.model_json_schema())

    patterns = {
        json.loads(found) for found in re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', schema)
    }

    assert patterns == faults._SHAPES.keys()
