"""A row of a comparison in words, with the labels of the vocabulary and the names of parties.

Each part of a row that limits anything becomes one line; a part that limits nothing is
not mentioned. Made from the row itself, so the words say what the comparison found.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from agreements.values import format_instant
from agreements.vocabulary import Kind, Vocabulary
from engine.compare_document import grouped, only, spans
from engine.compare_rows import Row, Save, Where
from engine.dimensions import ABSENT, NO, YES, Dimensions
from engine.english import Names
from engine.row_space import ANY_WAY

_BASIS: Final = {
    "regime": Kind.REGIME,
    "article6": Kind.ARTICLE6,
    "annex1": Kind.ANNEX1,
    "article9": Kind.ARTICLE9,
    "schedule1": Kind.SCHEDULE1,
    "law_enforcement": Kind.LE_BASIS,
    "schedule8": Kind.SCHEDULE8,
    "gateway": Kind.GATEWAY,
}
_CALLED: Final = {
    "regime": "",
    "article6": "Article 6: ",
    "annex1": "Annex 1: ",
    "article9": "Article 9: ",
    "schedule1": "Schedule 1: ",
    "law_enforcement": "Part 3: ",
    "schedule8": "Schedule 8: ",
    "gateway": "gateway: ",
}
_CONSENTS: Final = {
    "consent": "consent as the lawful basis",
    "confidence_consent": "consent against the duty of confidence",
}

_KNOWN: Final = {
    "requester_evidence": "who asks",
    "role_evidence": "their role",
    "purpose_evidence": "the purpose",
}
_LEVELS: Final = {
    ABSENT: "asked at the terminal",
    "asserted": "only asserted",
    "app_signed": "signed by the application",
    "idp_signed": "signed by its agency",
}


def row_in_words(dimensions: Dimensions, row: Row, names: Names) -> list[tuple[str, str]]:
    """A row as lines, each with the word before it, such as ``purpose``."""
    return list(_lines(dimensions, row, names))


def _lines(dimensions: Dimensions, row: Row, names: Names) -> Iterator[tuple[str, str]]:
    limits = dict(row.limits)
    said = _Said(dimensions, limits, names)
    yield "who", f"{said.agencies('holder')} to {said.agencies('recipient')}"
    yield "information", said.information()
    if row.about != ANY_WAY:
        yield "about", "; or ".join(said.people(dict(way)) for way in sorted(row.about, key=sorted))
    for name, word, kind in (("purpose", "purpose", Kind.PURPOSE), ("role", "role", Kind.ROLE)):
        if name in limits:
            yield word, said.terms(name, kind)
    basis = said.basis()
    if basis:
        yield "basis", basis
    given = said.given(row)
    if given:
        yield "given", given
    yield from said.rest()
    if "at" in limits:
        yield "when", "; ".join(_span(*each) for each in spans(dimensions, limits["at"]))
    if row.where is Where.FORBIDDEN:
        yield "law", "of this, what the law forbids to share outright"
    if Save.PERMITTED in row.save:
        yield "save", "what is permitted anyway"
    if Save.IN_BOTH in row.save:
        yield "save", "what comes out so in both versions"


class _Said:
    """The limits of one row, each in words."""

    def __init__(self, dimensions: Dimensions, limits: Mapping[str, int], names: Names) -> None:
        self._dimensions: Final = dimensions
        self._limits: Final = limits
        self._names: Final = names
        self._vocabulary: Final[Vocabulary] = dimensions.law.vocabulary

    def agencies(self, end: str) -> str:
        if end not in self._limits:
            return "anyone"
        listed = self._dimensions.listed(end, self._limits[end])
        return _or([self._names.agency(code) for code in listed])

    def information(self) -> str:
        if "information" not in self._limits:
            return "any information"
        codes = grouped(self._dimensions, self._limits["information"])
        return _or([self._label(Kind.INFORMATION, code) for code in codes])

    def terms(self, name: str, kind: Kind) -> str:
        full, mask = self._dimensions.space.full[name], self._limits[name]
        values = self._dimensions.listed(name, mask)
        others = self._dimensions.listed(name, full & ~mask)
        if len(others) * 2 < len(values):
            return f"any but {_or([self._label(kind, code) for code in others])}"
        return _or([self._label(kind, code) for code in values])

    def people(self, way: Mapping[str, int]) -> str:
        phrases = [
            _or([self._label(Kind.SUBJECT, kind) for kind in sorted(self._dimensions.people[name])])
            for name, mask in sorted(way.items())
            if mask == YES
        ]
        if NO not in way.values():
            return " and ".join(phrases)
        kinds = only(self._dimensions, way)
        every = sorted(kind for each in self._dimensions.people.values() for kind in each)
        barred = [kind for kind in every if kind not in kinds]
        if len(barred) < len(kinds):
            nobody = f"nobody who is {_or([self._label(Kind.SUBJECT, kind) for kind in barred])}"
            return ", and ".join([*phrases, nobody])
        listed = _or([self._label(Kind.SUBJECT, kind) for kind in kinds])
        return ", and ".join([*phrases, f"{listed}, and nobody else"])

    def basis(self) -> str:
        parts = [
            f"{_CALLED[name]}{self.terms(name, kind)}"
            for name, kind in _BASIS.items()
            if name in self._limits
        ]
        if "asks" in self._limits:
            end = self._dimensions.listed("asks", self._limits["asks"])[0]
            who = "receives" if end == "recipient" else "gives"
            parts.insert(0, f"asked by whoever {who}, who asserts it")
        return "; ".join(parts)

    def given(self, row: Row) -> str:
        if row.given == ANY_WAY:
            return ""
        return "; or ".join(self._things(dict(way)) for way in sorted(row.given, key=sorted))

    def _things(self, way: Mapping[str, int]) -> str:
        needs = {
            wanted: [
                self._names.need(name.removeprefix("given:"))
                for name, mask in sorted(way.items())
                if mask == wanted
            ]
            for wanted in (YES, NO)
        }
        phrases = []
        if needs[YES]:
            phrases.append(" and ".join(needs[YES]))
        if needs[NO]:
            phrases.append(f"without {_or(needs[NO])}")
        return ", ".join(phrases)

    def rest(self) -> Iterator[tuple[str, str]]:
        """What few rows limit."""
        for name, phrase in _CONSENTS.items():
            if name in self._limits:
                values = self._dimensions.listed(name, self._limits[name])
                yield "consent", f"{phrase} is {'held' if values == ('given',) else 'not held'}"
        for name, phrase in _KNOWN.items():
            if name in self._limits:
                values = self._dimensions.listed(name, self._limits[name])
                yield "known", f"{phrase}: {_or([_LEVELS.get(each, each) for each in values])}"
        for name, kind in (
            ("classification", Kind.MARKING),
            ("collected_under", Kind.REGIME),
            ("holder_kind", Kind.BODY),
            ("recipient_kind", Kind.BODY),
        ):
            if name in self._limits:
                yield name.replace("_", " "), self.terms(name, kind)
        for name in ("handling", "asker_public_authority", "asker_competent_authority"):
            if name in self._limits:
                values = self._dimensions.listed(name, self._limits[name])
                yield name.replace("_", " "), _or([value or "none" for value in values])

    def _label(self, kind: Kind, code: str) -> str:
        if code == ABSENT:
            return "none"
        return self._names.term(kind, code) if self._vocabulary.has(kind, code) else code


def _span(since: int | None, until: int | None) -> str:
    words = [
        f"{word} {format_instant(datetime.fromtimestamp(at_s, UTC))}"
        for word, at_s in (("from", since), ("until", until))
        if at_s is not None
    ]
    return " ".join(words) or "at any time"


def _or(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words) or "nothing"
    return f"{', '.join(words[:-1])} or {words[-1]}"
