"""What comes from elsewhere is read strictly, refused in one line, and never guessed at."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import document
from agreements.errors import DocumentError
from agreements.findings import Severity
from agreements.imports import ledger, mais, marketplace
from agreements.imports.csv_text import MAX_ROWS, read_table
from agreements.imports.drafting import NOT_SAID
from agreements.imports.json_text import read_json
from agreements.imports.ledger_map import LedgerMap, read_map, with_pairs
from agreements.validate import check
from agreements.vocabulary import current

LAW = current()
REQUEST = Path(__file__).with_name("marketplace-request.json")

POLICY: dict[str, Any] = {
    "URI": "https://example.org/dsa/7",
    "Identifier": {"value": "DSA 7", "System": "https://example.org/dsa"},
    "Name": "Checks on a contact",
    "Contact": "Head of safeguarding",
    "Party": [
        {"Name": "Barset Council", "CatalogueID": ["api-1"]},
        {"Name": "Barset Police", "CatalogueID": ["api-2"]},
    ],
    "Data": ["identity information", "Whatever is on the system"],
    "Purpose": ["MASH triage"],
    "StartDate": "2026-04-01",
    "EndDate": "2027-04-01T00:00:00Z",
    "PermittedUse": ["http://www.w3.org/ns/odrl/2/read"],
}


# --- JSON


JSON_FAULTS = {
    "a member twice": ('{"a": 1,\n "a": 2}', "`a` is given twice", 2),
    "a fraction": ("[1.5]", "`1.5` is no whole number", 1),
    "no number": ("[NaN]", "no JSON value begins here", 1),
    "half a character": ('["\\ud800"]', "a character that does not exist: U\\+D800", 1),
    "too deep": ("[" * 40 + "]" * 40, "nested deeper than 32", 1),
    "unclosed": ('{"a": [1, 2', "a `\\[` is not closed", 1),
    "a comma too many": ("[1,]", "no JSON value begins here", 1),
    "two values": ("{}\n{}", "something follows the end", 2),
    "nothing": ("null", "says nothing", 1),
    "a name without quotes": ("{a: 1}", "must stand in quotes", 1),
    "a line break in quotes": ('["a\nb"]', "not closed or not JSON", 1),
    "not UTF-8": (b'["\xff"]', "not UTF-8", 1),
    "too long": ('["' + "a" * (1 << 20) + '"]', "longer than 1 MiB", 1),
    "too many values": ("[" + "0," * 100_001 + "0]", "more than 100,000 values", 1),
}


@pytest.mark.parametrize(("text", "said", "line"), JSON_FAULTS.values(), ids=JSON_FAULTS.keys())
def test_json_that_could_be_read_in_two_ways_is_refused(text: Any, said: str, line: int) -> None:
    with pytest.raises(DocumentError, match=said) as raised:
        read_json(text)

    assert raised.value.line == line
    assert "\n" not in str(raised.value)


values = st.recursive(
    st.booleans() | st.integers(-(10**14), 10**14) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc", min_size=1), inner),
    max_leaves=12,
)


@given(values, st.sampled_from([None, 1, "\t"]))
def test_json_is_read_as_it_was_written(value: Any, indent: Any) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=True)

    assert read_json(text).plain == value


@given(st.text(max_size=40) | st.text('[]{}",:0 ', max_size=20))
def test_whatever_is_no_json_is_an_error_of_ours(text: str) -> None:
    with suppress(DocumentError):
        read_json(text)


# --- MAIS


def test_a_sharing_policy_of_others_becomes_a_draft_that_says_what_it_lacks() -> None:
    made = mais.draft(json.dumps(POLICY), LAW)

    agreement = made.document.agreement
    assert agreement.id == "dsa-7"
    assert agreement.title == "Checks on a contact"
    assert [party.id for party in agreement.parties] == ["barset-council", "barset-police"]
    assert agreement.parties[0].identifiers[0].scheme == "api-catalogue"
    assert agreement.clauses[0].information == ("identity", NOT_SAID)
    assert agreement.clauses[0].purposes == ("mash-triage",)
    assert agreement.clauses[0].holders == (NOT_SAID,)
    assert "# the source says `Whatever is on the system`" in made.document.text


def test_a_draft_can_never_be_signed_as_it_comes() -> None:
    drafts = [
        mais.draft(json.dumps(POLICY), LAW),
        marketplace.draft(REQUEST.read_bytes(), LAW),
        ledger.draft("title,information\nx,identity\n", LAW, LedgerMap()),
    ]

    for made in drafts:
        found = check(made.document.agreement, LAW)
        assert any(f.severity is Severity.ERROR and NOT_SAID in f.message for f in found)
        assert document.parse(made.document.text) == made.document


def test_words_of_others_stay_in_their_comment() -> None:
    hostile = "x\nkind: isp\n- {a: b} # c\t\u2028kind: dda"

    made = mais.draft(json.dumps(POLICY | {"Data": [hostile]}), LAW)

    assert made.document.agreement.kind == NOT_SAID
    assert made.document.agreement.clauses[0].information == (NOT_SAID,)


MAIS_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown field": ({"Partys": []}, "`Partys` is not a field of a sharing policy; did you"),
    "no data": ({"Data": []}, "`Data` must hold 1 or more"),
    "a date that is none": ({"StartDate": "soon"}, "`soon` must be a date or an instant"),
    "a number for a name": ({"Name": 7}, "`7` is read as a number"),
    "a party that is none": ({"Party": ["x"]}, "must be fields"),
}


@pytest.mark.parametrize(("change", "said"), MAIS_FAULTS.values(), ids=MAIS_FAULTS.keys())
def test_an_object_that_is_none_is_refused_with_its_place(
    change: dict[str, Any], said: str
) -> None:
    text = json.dumps(POLICY | change, indent=1)

    with pytest.raises(DocumentError, match=said) as raised:
        mais.draft(text, LAW)

    assert raised.value.line > 1


def test_several_agreements_are_taken_one_at_a_time() -> None:
    other = POLICY | {"Identifier": {"value": "DSA 8"}}
    text = json.dumps([POLICY, other])

    with pytest.raises(DocumentError, match="holds 2 agreements") as raised:
        mais.draft(text, LAW)

    assert "dsa-7, dsa-8" in raised.value.hint
    assert mais.draft(text, LAW, wanted="dsa-8").document.agreement.id == "dsa-8"


# --- ledger


LEDGER = """\
\ufeffDSA ref,Agreement,Partners,Data shared,Lawful basis,Starts,Notes
7,Checks,Barset Council; Barset Police,"identity information; shoe size",Public task,01/04/2026,=1+1
8,Another,Barset Council; Barset Police,housing,Public task,02/04/2026,
"""
MAP = """\
dates = "DD/MM/YYYY"

[columns]
"DSA ref" = "id"
"Agreement" = "title"
"Partners" = "party_names"
"Data shared" = "information"
"Lawful basis" = "article6"
"Starts" = "in_force_from"
"Notes" = "reason"

[values.article6]
"Public task" = "6-1-e"

[defaults]
jurisdiction = "england"
"""


def test_a_ledger_of_others_is_read_through_a_map() -> None:
    made = ledger.draft(LEDGER, LAW, read_map(MAP), wanted="7")

    agreement = made.document.agreement
    clause = agreement.clauses[0]
    assert (agreement.title, agreement.jurisdiction) == ("Checks", ("england",))
    assert str(agreement.in_force_from) == "2026-04-01 00:00:00+00:00"
    assert [party.name for party in agreement.parties] == ["Barset Council", "Barset Police"]
    assert clause.information == ("identity", NOT_SAID)
    assert {basis.article6 for basis in clause.basis.values()} == {("6-1-e",)}
    assert clause.reason == "=1+1"
    assert "# the source says `shoe size`" in made.document.text


def test_columns_may_be_named_on_the_command_line() -> None:
    read_as = with_pairs(LedgerMap(), ["DSA ref=id", "Agreement=title", "Data shared=information"])

    made = ledger.draft(LEDGER, LAW, read_as, wanted="8")

    assert made.document.agreement.clauses[0].information == ("housing",)
    assert "left out: the column `Partners` of the ledger" in made.document.text


LEDGER_FAULTS = {
    "a row too wide": ("id,title\na,b,c\n", "row 2: it has 3 cells and the header 2"),
    "a quote that is open": ('id,title\n"a,b\n', "row 2: this is not CSV"),
    "two columns of a name": ("id,id\na,b\n", "row 1: two columns are called `id`"),
    "a column without a name": ("id,,title\na,b,c\n", "row 1: column 2 has no name"),
    "no rows": ("id,title\n", "a header and no row"),
    "no column of ours": ("x,y\n1,2\n", "no column of the ledger is one of ours"),
    "neither id nor title": ("id,kind\n,isp\n", "row 2: it has neither an id nor a title"),
    "a date that is none": (
        "id,title,end\na,b,TBC\n",
        "row 2, column `end`: `TBC` is no date",
    ),
    "neither yes nor no": (
        "id,title,exclude\na,b,perhaps\n",
        "row 2, column `exclude`: `perhaps` is neither yes nor no",
    ),
    "two ends": (
        "id,title,end,open_ended\na,b,2027-01-01,yes\n",
        "row 2, column `open_ended`: it ends in two ways",
    ),
    "rows that disagree": (
        "id,title,kind\na,b,isp\na,b,dda\n",
        "row 3, column `kind`: row 2 of the same agreement says `isp`",
    ),
    "names without ids": (
        "id,title,parties,party_names\na,b,x; y,X\n",
        "row 2, column `party_names`: it names 1, and there are 2 parties",
    ),
    "a name too long": ("id,title\na," + "b" * 1025 + "\n", "row 2, column `title`: longer"),
    "a cell too long": ("id,title\na," + "b" * 20_001 + "\n", "row 2, column `title`: longer"),
    "too many columns": (",".join(f"c{n}" for n in range(300)) + "\n", "row 1: more than 256"),
    "an unseen character": ("id,title\na,b\u202e\n", "a character that cannot be seen: U\\+202E"),
}


@pytest.mark.parametrize(("text", "said"), LEDGER_FAULTS.values(), ids=LEDGER_FAULTS.keys())
def test_a_ledger_that_cannot_be_read_says_where(text: str, said: str) -> None:
    with pytest.raises(DocumentError, match=said) as raised:
        ledger.draft(text, LAW, LedgerMap())

    assert "\n" not in str(raised.value)


def test_a_table_is_bounded() -> None:
    text = "id\n" + "a\n" * (MAX_ROWS + 1)

    with pytest.raises(DocumentError, match=f"row {MAX_ROWS + 2}: more than 10,000 rows"):
        read_table(text)


MAP_FAULTS = {
    "no TOML": ("[columns", "the map is no toml"),
    "a column that is none": ('[columns]\nx = "titel"\n', "`titel` is no column of ours"),
    "one column twice": ('[columns]\nx = "id"\ny = "id"\n', "two columns are mapped to `id`"),
    "an unknown part": ("[colums]\n", "`colums` is not what belongs there"),
    "dates of another form": ('dates = "MM/DD/YYYY"\n', "`dates` is not what belongs there"),
}


@pytest.mark.parametrize(("text", "said"), MAP_FAULTS.values(), ids=MAP_FAULTS.keys())
def test_a_map_that_cannot_be_read_is_refused(text: str, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        read_map(text)


def test_what_is_not_understood_never_widens_a_clause() -> None:
    text = "title,information,clause_about,roles,clause_purposes,from,obligations\n"
    text += "x,identity,martians,wizards,fun,Nobody Ltd,dance\n"

    clause = ledger.draft(text, LAW, LedgerMap()).document.agreement.clauses[0]

    limits = (clause.about, clause.roles, clause.purposes)
    assert limits == ((NOT_SAID,),) * 3
    assert clause.holders
    assert [each.do for each in clause.obligations] == [NOT_SAID]


# --- marketplace


def test_a_share_request_becomes_one_clause() -> None:
    made = marketplace.draft(REQUEST.read_bytes(), LAW)

    agreement = made.document.agreement
    clause = agreement.clauses[0]
    basis = clause.basis["barset-council"]
    assert agreement.id == "benefit-recipients-in-barset"
    assert (clause.holders, clause.recipients) == (("department-of-examples",), ("barset-council",))
    assert (basis.regime, basis.article6, basis.article9) == ("UKGDPR", ("6-1-e",), ("9-2-g",))
    assert (basis.schedule1, basis.gateways) == (("6",), ("DEA17-35",))
    assert clause.about == ("tenant", NOT_SAID)
    assert agreement.particulars.international is not None
    assert agreement.particulars.international.countries == ("Isle of Man",)
    assert "# the request asks for: Names and addresses" in made.document.text


def test_every_answer_of_a_share_request_is_somewhere_in_the_draft() -> None:
    request = json.loads(REQUEST.read_text(encoding="utf-8"))
    text = " ".join(marketplace.draft(REQUEST.read_bytes(), LAW).document.text.split()).replace(
        "# ", ""
    )

    for step in request["sharedata"]["steps"].values():
        value = step["value"]
        prose = value if isinstance(value, dict) else {"said": value}
        for answer in prose.values():
            said = answer.get("explanation", "") if isinstance(answer, dict) else answer
            parts = said.split(", ") if isinstance(said, str) else said
            assert all(part in text for part in parts if part not in ("yes", "no", "joint"))


def test_a_request_by_law_enforcement_leaves_the_basis_open() -> None:
    request = json.loads(REQUEST.read_text(encoding="utf-8"))
    steps = request["sharedata"]["steps"]
    steps["lawful-basis-personal"]["value"] = {"law-enforcement": {"checked": True}}

    clause = marketplace.draft(json.dumps(request), LAW).document.agreement.clauses[0]

    assert clause.basis["barset-council"].regime == NOT_SAID


@pytest.mark.parametrize(
    ("text", "said"),
    [("[]", "a request is one object"), ("{}", "no `steps`"), ('{"steps": {"a": 1}}', "step `a`")],
)
def test_a_request_that_is_none_is_refused(text: str, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        marketplace.draft(text, LAW)


# --- all


def test_the_largest_source_is_read() -> None:
    row = "a,b,identity\n"
    text = "id,title,information\n" + row * 150

    found = ledger.draft(text, LAW, LedgerMap())

    assert len(found.document.agreement.clauses) == 150
    assert read_json('[{"a": [' + ",".join(["1"] * 90_000) + "]}]") is not None
