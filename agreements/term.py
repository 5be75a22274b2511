"""One word of the vocabulary, and how a file of them is read.

A file of terms is TOML for lawyers to read. It names its kind, gives rules for the keys
that its terms have beyond the common ones, may give defaults, may name lists of codes that
several terms share, and lists its terms. Whatever a rule does not foresee is refused.
Nothing here opens a file: it is handed the text.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from agreements.errors import VocabularyError

Value = str | bool | tuple[str, ...]

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_RULE: Final = re.compile(
    r"(flag|note|text|list|one of|some of|codes of)(?:: ([^,]+))?(, optional)?"
)
_KEYS: Final = frozenset({"kind", "noun", "extras", "lists", "defaults", "term"})
_COMMON: Final[Mapping[str, str]] = {
    "code": "text",
    "label": "text",
    "means": "text",
    "citation": "text",
    "sure": "one of: V K K?",
    "source": "note",
    "last_checked": "date",
    "jurisdiction": "some of: uk england wales scotland northern-ireland",
    "dpv": "list, optional",
    "within": "list, optional",
    "in_force_from": "date, optional",
    "in_force_to": "date, optional",
}


class Kind(StrEnum):
    """What sort of term it is; each kind has its own file and its own codes."""

    PURPOSE = "purpose"
    INFORMATION = "information"
    SUBJECT = "subject"
    ROLE = "role"
    BODY = "body"
    CAPACITY = "capacity"
    REGIME = "regime"
    ARTICLE6 = "article6"
    ANNEX1 = "annex1"
    ARTICLE9 = "article9"
    SCHEDULE1 = "schedule1"
    LE_BASIS = "le_basis"
    SCHEDULE8 = "schedule8"
    PUBLIC_FUNCTION = "public_function"
    GATEWAY = "gateway"
    CONFIDENCE = "confidence"
    NO_CONSENT_REASON = "no_consent_reason"
    CONSENT_KIND = "consent_kind"
    NEED = "need"
    OBLIGATION = "obligation"
    EVENT = "event"
    MARKING = "marking"
    TRANSFER_METHOD = "transfer_method"
    AGREEMENT_KIND = "agreement_kind"


@dataclass(frozen=True, slots=True)
class Term:
    """One word, what it means, and where it comes from.

    Attributes:
        label: How an English sentence says it, without an article.
        citation: The law or standard; ``practice`` where there is none.
        sure: ``V`` read at the source, ``K`` general knowledge, ``K?`` to be checked first.
        source: Keys of the sources in ``vocabulary.toml``, parted by spaces; may be empty.
        jurisdiction: Where it holds; ``uk`` is every part.
        dpv: The nearest DPV terms, with prefixes; they are broader.
        within: The terms of the same kind directly above.
        in_force_from: The first day it holds; none if it was not looked up.
        in_force_to: The first day it no longer holds.
        extra: What this kind says besides; its file names and explains the keys.
    """

    kind: Kind
    code: str
    label: str
    means: str
    citation: str
    sure: str
    source: str
    last_checked: date
    jurisdiction: tuple[str, ...]
    dpv: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    in_force_from: date | None = None
    in_force_to: date | None = None
    extra: Mapping[str, Value] = field(default_factory=dict, hash=False)

    def in_force(self, on: date) -> bool:
        """Whether the term holds on a day."""
        begun = self.in_force_from is None or self.in_force_from <= on
        return begun and (self.in_force_to is None or on < self.in_force_to)

    @property
    def is_group(self) -> bool:
        """Whether it stands for the terms beneath it and cannot be asked for itself."""
        return self.extra.get("group") is True


@dataclass(frozen=True, slots=True)
class TermList:
    """One file of terms, in its order.

    Attributes:
        noun: How a sentence names the kind: "`x` is not a purpose".
        refers: The extra keys that hold codes, and of which kind.
    """

    kind: Kind
    noun: str
    refers: Mapping[str, Kind]
    terms: tuple[Term, ...]


def parse_table(name: str, text: str) -> dict[str, Any]:  # Any: TOML, until each key is read.
    """Read TOML, of whatever shape.

    Raises:
        VocabularyError: It is none.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise VocabularyError(f"`{name}` cannot be read", hint=str(fault)) from fault


def parse_list(name: str, text: str) -> TermList:
    """Read one file of terms.

    Raises:
        VocabularyError: It is no TOML, has an unknown key, lacks one, or repeats a code.
    """
    table = parse_table(name, text)
    kind, noun = table.get("kind"), table.get("noun")
    extras, lists, defaults, rows = (
        table.get(k, {}) for k in ("extras", "lists", "defaults", "term")
    )
    if not table.keys() <= _KEYS:
        raise VocabularyError(f"`{name}` has a key we do not know")
    if not isinstance(kind, str) or kind not in set(Kind) or not isinstance(noun, str):
        raise VocabularyError(f"`{name}` does not say which kind of term it lists, and its noun")
    if not (_are_tables([extras, lists, defaults]) and _are_tables(rows)):
        raise VocabularyError(f"`{name}` is not made of terms")
    for key, rule in extras.items():
        if key in _COMMON or not isinstance(rule, str) or not _RULE.fullmatch(rule):
            raise VocabularyError(f"`{name}`: the rule for `{key}` is not one we know")
    refers = _references(name, extras)
    rules = {**_COMMON, "also": "list, optional", **extras}
    terms: dict[str, Term] = {}
    for row in rows:
        term = _term(name, Kind(kind), rules, _filled_in(refers, lists, {**defaults, **row}))
        if term.code in terms:
            raise VocabularyError(f"`{name}`: `{term.code}` stands there twice")
        terms[term.code] = term
    return TermList(Kind(kind), noun, refers, tuple(terms.values()))


def _are_tables(rows: object) -> bool:
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, dict) for row in rows)


def _filled_in(
    refers: Collection[str], lists: Mapping[str, object], row: Mapping[str, object]
) -> dict[str, object]:
    """The row with each name of a shared list replaced by the list; another stays and fails."""
    return {
        key: lists.get(value, value) if key in refers and isinstance(value, str) else value
        for key, value in row.items()
    }


def _references(name: str, extras: Mapping[str, str]) -> dict[str, Kind]:
    refers = {}
    for key, rule in extras.items():
        if rule.startswith("codes of: "):
            kind = rule.removeprefix("codes of: ").removesuffix(", optional")
            if kind not in set(Kind):
                raise VocabularyError(f"`{name}`: the rule for `{key}` is not one we know")
            refers[key] = Kind(kind)
    return refers


def _term(name: str, kind: Kind, rules: Mapping[str, str], row: Mapping[str, object]) -> Term:
    code = row.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise VocabularyError(f"`{name}`: a term has no code, or one with a letter we refuse")
    unknown = row.keys() - rules.keys()
    if unknown:
        raise VocabularyError(f"`{name}`: `{code}` has the unknown key `{min(unknown)}`")
    common: dict[str, Any] = {}  # Any: each value has just been read by its own rule.
    extra: dict[str, Value] = {}
    for key, rule in rules.items():
        if key not in row:
            if rule.endswith(", optional"):
                continue
            raise VocabularyError(f"`{name}`: `{code}` lacks `{key}`")
        value = _read(rule, row[key])
        if value is None:
            raise VocabularyError(f"`{name}`: `{key}` of `{code}` is not what its rule asks for")
        if key in _COMMON:
            common[key] = value
        elif not isinstance(value, date):
            extra[key] = value
    term = Term(kind=kind, extra=MappingProxyType(extra), **common)
    if term.in_force_from and term.in_force_to and term.in_force_from >= term.in_force_to:
        raise VocabularyError(f"`{name}`: `{code}` ends before it begins")
    return term


def _read(rule: str, value: object) -> Value | date | None:
    """The value, if it is what the rule asks for."""
    form, _, rest = rule.removesuffix(", optional").partition(": ")
    choices = rest.split()
    if form in {"list", "some of", "codes of"}:
        return _read_list(value, choices if form == "some of" else None)
    if form == "flag":
        return value if isinstance(value, bool) else None
    if form == "date":
        return value if type(value) is date else None  # A datetime is a date to Python.
    if not isinstance(value, str) or value != " ".join(value.split()):
        return None
    if form == "one of":
        return value if value in choices else None
    return value if value or form == "note" else None


def _read_list(value: object, choices: list[str] | None) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        return None
    fits = choices is None or set(value) <= set(choices)
    return tuple(value) if fits and len(set(value)) == len(value) else None
