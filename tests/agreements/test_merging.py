"""Two edits of one text at once: both in it if they can be, and nobody reads a conflict mark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import document
from agreements.merging import changed_fields, merge

TEXT = b"""\
id: northshire   # as on the paper
version: "1.0"
title: Sharing in Northshire

# Who may see what.
clauses:
  - id: "4.2"
    title: Health information
    purposes: [child-protection-enquiry]
  - id: "6.1"
    title: No intelligence
    purposes: [mash-triage]
"""


def changed(old: str, new: str, text: bytes = TEXT) -> bytes:
    assert old.encode() in text
    return text.replace(old.encode(), new.encode())


def test_edits_of_two_fields_stand_in_one_text_and_every_other_byte_is_kept() -> None:
    ours = changed("[child-protection-enquiry]", "[child-protection-enquiry, mash-triage]")
    theirs = changed("No intelligence", "No police intelligence")

    merged = merge(TEXT, ours, theirs)

    assert merged == changed("No intelligence", "No police intelligence", ours)


def test_edits_of_neighbouring_lines_stand_in_one_text() -> None:
    merged = merge(TEXT, changed('"1.0"', '"1.1"'), changed("in Northshire", "in the North"))

    assert merged == changed("in Northshire", "in the North", changed('"1.0"', '"1.1"'))


def test_the_same_edit_on_both_sides_is_made_once() -> None:
    same = changed('"1.0"', '"1.1"')

    assert merge(TEXT, same, same) == same


def test_a_comment_on_one_side_survives_an_edit_on_the_other() -> None:
    ours = changed("# Who may see what.", "# Who may see what; ask the Caldicott Guardian.")
    merged = merge(TEXT, ours, changed('"1.0"', '"1.1"'))

    assert merged == changed('"1.0"', '"1.1"', ours)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (changed("[mash-triage]", "[a]"), changed("[mash-triage]", "[b]")),
        (changed("northshire   # as on", "northshire  # on"), changed("as on the", "as in the")),
        (TEXT + b'  - id: "7"\n', TEXT + b'  - id: "8"\n'),
        (b"title: [unclosed\n", changed('"1.0"', '"1.1"')),
        (changed("clauses:", "clauses: {a: b}\nold:"), changed("[mash-triage]", "[b]")),
    ],
    ids=["one field", "one line", "both added at the end", "no YAML", "not what both wrote"],
)
def test_what_cannot_stand_side_by_side_is_not_merged(ours: bytes, theirs: bytes) -> None:
    assert merge(TEXT, ours, theirs) is None


@pytest.mark.parametrize(
    ("new", "named"),
    [
        (changed("Sharing in", "Sharing all over"), ("Title",)),
        (changed("[mash-triage]", "[x]"), ("Purposes of clause 6.1",)),
        (TEXT.partition(b'  - id: "6.1"')[0], ("Clause 6.1",)),
        (TEXT + b"review_due: 2027-04-01\n", ("Review due",)),
        (TEXT + b"# a comment\n", ()),
        (b"[", ()),
    ],
    ids=["a field", "a field of a clause", "a clause gone", "a new field", "a comment", "no YAML"],
)
def test_a_changed_field_is_named_as_people_name_it(new: bytes, named: tuple[str, ...]) -> None:
    assert changed_fields(TEXT, new) == named


FIELDS = st.dictionaries(
    st.sampled_from(["purpose", "title", "owner", "scope"]), st.integers(0, 3), min_size=1
)


@given(base=FIELDS, ours=FIELDS, theirs=FIELDS)
def test_a_merged_text_says_what_each_side_changed_and_nothing_else(
    base: dict[str, int], ours: dict[str, int], theirs: dict[str, int]
) -> None:
    def text(fields: dict[str, int]) -> bytes:
        return "".join(f"{name}: {fields[name]}\n\n" for name in sorted(fields)).encode()

    merged = merge(text(base), text(ours), text(theirs))

    assert merged == merge(text(base), text(theirs), text(ours))
    if merged is not None:
        said = document.read(merged).fields
        for name in {*base, *ours, *theirs}:
            sides = [side.get(name) for side in (ours, theirs) if side.get(name) != base.get(name)]
            assert said.get(name) in (sides or [base.get(name)])
