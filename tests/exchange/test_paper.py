"""An agreement as PDF: tagged, complete, with its digest, and no word of it read as code."""

import io
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdf
import pytest
from pypdf.generic import ArrayObject, DictionaryObject

from agreements.errors import VocabularyError
from agreements.model import Agreement
from agreements.vocabulary import current
from engine import canonical
from engine.adapters.pdf import as_pdf
from engine.compile import agreement_bytes
from engine.errors import AgreementError
from engine.paper import paper
from tests.examples import AGREEMENT_FILES, named, read

NORTHSHIRE = read(named("northshire-mash"))
DIGEST = canonical.digest_hex(agreement_bytes(NORTHSHIRE))

SIGNABLE = [path for path in AGREEMENT_FILES if path.stem != "mhclg-core"]

HOSTILE = {
    "code": '#eval("1+1") #panic() $x^2$ `raw` *bold* _it_ <label> @ref \\ //comment [[',
    "quotes": '"double" \'single\' \\" }}{{',
    "right to left": "שלום עולם",
    "arabic": "العربية",
    "a long word": "W" * 400,
    "markup": "= Heading - list + enum / term: x",
}


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def plain(words: str) -> str:
    """Words without the breaks that setting them in type brings."""
    return re.sub(r"[\s\u200b\u00ad]+", "", words)


def changed(agreement: Agreement, **fields: Any) -> Agreement:
    return agreement.model_copy(update=fields)


@pytest.fixture(scope="module")
def content() -> bytes:
    return as_pdf(paper(NORTHSHIRE, current()))


@pytest.fixture(scope="module")
def reader(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def tags(node: Any, found: list[str], nodes: list[DictionaryObject]) -> None:
    node = node.get_object()
    if isinstance(node, ArrayObject):
        for each in node:
            tags(each, found, nodes)
    elif isinstance(node, DictionaryObject):
        if "/S" in node:
            found.append(str(node["/S"]))
            nodes.append(node)
        if "/K" in node:
            tags(node["/K"], found, nodes)


@pytest.fixture(scope="module")
def structure(reader: pypdf.PdfReader) -> tuple[list[str], list[DictionaryObject]]:
    found: list[str] = []
    nodes: list[DictionaryObject] = []
    root: Any = reader.trailer["/Root"]
    tags(root["/StructTreeRoot"], found, nodes)
    return found, nodes


def test_it_says_that_it_is_tagged_and_in_which_language(reader: pypdf.PdfReader) -> None:
    root: Any = reader.trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 -- a PDF's own kind of truth.
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712 -- as above.
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()


def test_it_bears_its_title_and_digest(reader: pypdf.PdfReader) -> None:
    assert reader.metadata is not None
    assert reader.metadata.title == NORTHSHIRE.title
    assert f"sha256:{DIGEST}" in str(reader.metadata["/Keywords"])


def test_headings_and_header_cells_are_marked_as_such(structure: Any) -> None:
    found, nodes = structure

    assert {"/Document", "/Title", "/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD"} <= set(found)
    assert found.count("/H2") == len(NORTHSHIRE.clauses) + len(NORTHSHIRE.parties)
    headers = [node for node in nodes if node["/S"] == "/TH"]
    assert headers
    assert all("Scope" in str(node.get("/A")) for node in headers)


def test_headings_never_skip_a_level(structure: Any) -> None:
    levels = [int(tag[2:]) for tag in structure[0] if re.fullmatch(r"/H\d", tag)]

    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_the_digest_is_on_every_page(content: bytes) -> None:
    assert all(DIGEST in plain(page) for page in pages_of(content))


def test_nothing_of_the_agreement_is_left_out(content: bytes) -> None:
    text = plain("".join(without_margins(content)))
    fields = NORTHSHIRE.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    missing = [said for said in words(fields) if plain(said) not in text]

    assert missing == []


def without_margins(content: bytes, name: str = "northshire-mash") -> list[str]:
    """The text of each page without its head and foot, which would part what runs on."""
    found = []
    for page in pages_of(content):
        lines = page.split("\n")
        kept = [
            line
            for line in lines
            if not re.match(rf"{re.escape(name)}, version|Page \d+ of|Text sha256:|OFFICIAL$", line)
        ]
        found.append("\n".join(kept))
    return found


def words(value: Any, name: str = "") -> list[str]:
    """Every text of an agreement; lengths of time are said in words."""
    if isinstance(value, dict):
        return [each for key, item in value.items() for each in words(item, key)]
    if isinstance(value, list):
        return [each for item in value for each in words(item, name)]
    is_said_otherwise = name in ("concordat", "direction") or not isinstance(value, str)
    if is_said_otherwise or re.fullmatch(r"P(\d+[YMD]|T\d+[HM])", str(value)):
        return []
    return [str(value)]


def test_what_is_said_to_be_untrue_stands_on_the_paper(content: bytes) -> None:
    text = plain("".join(without_margins(content)))

    assert "Harbour" in text
    assert text.count("PublicauthorityNo") == 1
    assert "Exhaustive:No" in text


def test_the_same_text_gives_the_same_bytes(content: bytes) -> None:
    assert as_pdf(paper(NORTHSHIRE, current())) == content


@pytest.mark.parametrize("path", SIGNABLE, ids=lambda path: path.stem)
def test_every_example_can_be_set(path: Path) -> None:
    agreement = read(path)

    text = plain("".join(without_margins(as_pdf(paper(agreement, current())), agreement.id)))

    assert all(plain(clause.title) in text for clause in agreement.clauses)


def test_a_text_with_an_unknown_term_cannot_be_set() -> None:
    with pytest.raises(VocabularyError, match="`5` is not a condition in Schedule 1"):
        paper(read(named("mhclg-core")), current())


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE.keys())
def test_words_come_out_as_they_were_written(said: str) -> None:
    clause = NORTHSHIRE.clauses[0].model_copy(update={"wording": said})
    small = changed(NORTHSHIRE, title=said, clauses=(clause,))

    text = "".join(pages_of(as_pdf(paper(small, current()))))

    # A reader of PDF puts words that run from right to left in the order of the eye.
    assert all(plain(text).count(plain(word)) >= 2 for word in said.split())
    assert plain(text).count(plain(said)) >= 2 or said == HOSTILE["right to left"]


def test_a_letter_without_a_glyph_is_refused_by_name() -> None:
    with pytest.raises(AgreementError, match="`中` cannot be set in type"):
        as_pdf(paper(changed(NORTHSHIRE, title="中"), current()))


def test_another_text_has_another_digest() -> None:
    other = changed(NORTHSHIRE, title="Another")

    assert paper(other, current())["digest"] != DIGEST
