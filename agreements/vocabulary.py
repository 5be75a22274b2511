"""The closed lists of words an agreement may use, each with the law it comes from.

A term is a purpose, a category of information, a lawful basis, a gateway, a
role and so on. It cites its article or section and says how sure we are of
it. The lists stand in ``agreements/terms/*.toml``, one file for each kind;
they are read strictly, once. Nothing here decides or writes anything, or reads
anything but the lists that come with the package.
"""

import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from agreements import gateway
from agreements.errors import VocabularyError
from agreements.gateway import Gateway
from agreements.term import Kind, Term, TermList, Value, parse_list, parse_table

__all__ = ["Kind", "Term", "Value", "Vocabulary", "assemble", "current"]

_DPV: Final = re.compile(r"([a-z]+(?:-[a-z]+)*):[A-Za-z0-9][A-Za-z0-9-]*")
_MAX_DEPTH: Final = 8
_MAX_WORD: Final = 64
_SUGGESTIONS: Final = 3


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Every term there is, under one version.

    Attributes:
        namespace: Where the terms' IRIs are minted.
        prefixes: The namespaces of the DPV terms.
        nouns: How a sentence names each kind: "`x` is not a purpose".
        terms: In the order of their files, kind after kind.
    """

    version: str
    namespace: str
    prefixes: Mapping[str, str]
    nouns: Mapping[Kind, str]
    terms: tuple[Term, ...]

    def term(self, kind: Kind, code: str) -> Term:
        """Look one term up.

        Raises:
            VocabularyError: There is no such term; the hint names the nearest.
        """
        found = self._index[kind].get(code)
        if found is None:
            raise self._unknown(kind, code)
        return found

    def has(self, kind: Kind, code: str) -> bool:
        """Whether there is a term of that kind and code."""
        return code in self._index[kind]

    def codes(self, kind: Kind) -> tuple[str, ...]:
        """Every code of a kind, in the order of its file."""
        return tuple(self._index[kind])

    def leaves(self, kind: Kind) -> tuple[str, ...]:
        """Every code of a kind that may itself be asked for, in the order of its file."""
        return tuple(code for code, term in self._index[kind].items() if not term.is_group)

    def ancestors(self, kind: Kind, code: str) -> frozenset[str]:
        """Every code above one, not itself."""
        return self._above[self.term(kind, code)]

    def descendants(self, kind: Kind, code: str) -> frozenset[str]:
        """Every code beneath one that may be asked for, and itself unless it is a group."""
        return self._beneath[self.term(kind, code)]

    def gateway(self, code: str) -> Gateway:
        """What a gateway opens.

        Raises:
            VocabularyError: There is no such gateway; the hint names the nearest.
        """
        return self._gateways[self.term(Kind.GATEWAY, code).code]

    def suggest(self, kind: Kind, word: str) -> tuple[str, ...]:
        """Up to three codes somebody may have meant, best first.

        A code of another kind comes first if it is the very word, and stands in if this
        kind has nothing near.
        """
        word = word[:_MAX_WORD].casefold()
        others = [term for term in self.terms if term.kind is not kind]
        found = [term.code for term in others if term.code.casefold() == word]
        found += _nearest(self._index[kind].values(), word, cutoff=0.6)
        found = found or _nearest(others, word, cutoff=0.8)
        return tuple(dict.fromkeys(found))[:_SUGGESTIONS]

    def iri(self, term: Term) -> str:
        """The name of a term on the web, unique across kinds."""
        return f"{self.namespace}{term.kind}-{term.code}"

    @cached_property
    def source(self) -> bytes:
        """The whole vocabulary as canonical JSON, so that a bundle can name it by its digest."""
        whole = {
            "version": self.version,
            "namespace": self.namespace,
            "prefixes": dict(self.prefixes),
            "nouns": dict(self.nouns),
            "terms": [{f.name: _plain(getattr(t, f.name)) for f in fields(t)} for t in self.terms],
        }
        return json.dumps(whole, sort_keys=True, separators=(",", ":")).encode("ascii")

    @cached_property
    def _index(self) -> dict[Kind, dict[str, Term]]:
        index: dict[Kind, dict[str, Term]] = {kind: {} for kind in Kind}
        for term in self.terms:
            index[term.kind][term.code] = term
        return index

    @cached_property
    def _above(self) -> dict[Term, frozenset[str]]:
        return {term: _ancestors(self._index[term.kind], term) for term in self.terms}

    @cached_property
    def _beneath(self) -> dict[Term, frozenset[str]]:
        beneath: dict[Term, set[str]] = {term: set() for term in self.terms}
        for term, above in self._above.items():
            if not term.is_group:
                for code in (term.code, *above):
                    beneath[self._index[term.kind][code]].add(term.code)
        return {term: frozenset(codes) for term, codes in beneath.items()}

    @cached_property
    def _gateways(self) -> dict[str, Gateway]:
        own = self._index[Kind.GATEWAY]
        return {code: gateway.read(term, self.descendants) for code, term in own.items()}

    def _unknown(self, kind: Kind, word: str) -> VocabularyError:
        shown = "".join(c if c.isprintable() and c != "`" else "?" for c in word[:_MAX_WORD])
        near = []
        for code in self.suggest(kind, word):
            home = next(k for k in (kind, *Kind) if self.has(k, code))
            near.append(f"`{code}`" if home is kind else f"`{code}`, which is {self.nouns[home]}")
        hint = f"did you mean {' or '.join(near)}?" if near else ""
        return VocabularyError(f"`{shown}` is not {self.nouns[kind]}", hint=hint)


@cache
def current() -> Vocabulary:
    """The vocabulary that comes with this version of Concordat."""
    folder = files("agreements").joinpath("terms")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    texts = {name: folder.joinpath(name).read_text(encoding="utf-8") for name in names}
    return assemble(texts.pop("vocabulary.toml"), texts)


def assemble(header: str, lists: Mapping[str, str]) -> Vocabulary:
    """Make a vocabulary of its parts, or say what is wrong with them.

    Args:
        header: The text of ``vocabulary.toml``.
        lists: The text of every other file by its name; one file for each kind.

    Raises:
        VocabularyError: A part is malformed, or names what no part holds.
    """
    top = parse_table("vocabulary.toml", header)
    tables = (top.get("prefixes"), top.get("sources"))
    if top.keys() != {"version", "namespace", "prefixes", "sources"} or not (
        isinstance(top["version"], str)
        and isinstance(top["namespace"], str)
        and all(isinstance(t, dict) and all(isinstance(v, str) for v in t.values()) for t in tables)
    ):
        raise VocabularyError("`vocabulary.toml` is not a version, a namespace and two tables")
    read = {part.kind: part for part in (parse_list(n, t) for n, t in lists.items())}
    if len(read) != len(lists) or read.keys() != set(Kind):
        raise VocabularyError("there must be one list of terms for each kind")
    vocabulary = Vocabulary(
        version=top["version"],
        namespace=top["namespace"],
        prefixes=MappingProxyType(top["prefixes"]),
        nouns=MappingProxyType({kind: read[kind].noun for kind in Kind}),
        terms=tuple(term for kind in Kind for term in read[kind].terms),
    )
    for part in read.values():
        _refuse_loose_ends(vocabulary, part, top["sources"])
    for code in vocabulary.codes(Kind.GATEWAY):
        vocabulary.gateway(code)
    return vocabulary


def _refuse_loose_ends(vocabulary: Vocabulary, part: TermList, sources: Collection[str]) -> None:
    """Refuse a term that names a parent, code, source or prefix which is not there."""
    grouped = any(term.is_group for term in part.terms)
    for term in part.terms:
        vocabulary.ancestors(part.kind, term.code)
        named = {(part.kind, code) for code in term.within}
        for key, kind in part.refers.items():
            codes = term.extra.get(key, ())
            named |= {(kind, code) for code in codes} if isinstance(codes, tuple) else set()
        missing = sorted(code for kind, code in named if not vocabulary.has(kind, code))
        missing += [key for key in term.source.split() if key not in sources]
        for iri in term.dpv:
            match = _DPV.fullmatch(iri)
            missing += [] if match and match[1] in vocabulary.prefixes else [iri]
        if missing:
            raise VocabularyError(f"`{term.code}` names `{missing[0]}`, which is nowhere")
        if grouped and not all(vocabulary.term(part.kind, code).is_group for code in term.within):
            raise VocabularyError(f"`{term.code}` lies within a term that is no group")


def _ancestors(index: Mapping[str, Term], term: Term) -> frozenset[str]:
    above: set[str] = set()
    level = set(term.within)
    for _ in range(_MAX_DEPTH):
        if not level:
            return frozenset(above)
        above |= level
        level = {code for below in level if below in index for code in index[below].within}
    if term.code in above:
        raise VocabularyError(f"`{term.code}` lies within itself")
    raise VocabularyError(f"`{term.code}` lies more than {_MAX_DEPTH} levels deep")


def _nearest(terms: Iterable[Term], word: str, *, cutoff: float) -> list[str]:
    spelt: dict[str, str] = {}
    for term in terms:
        also = term.extra.get("also", ())
        names = (term.code, term.label, *(also if isinstance(also, tuple) else ()))
        for name in names:
            spelt.setdefault(name.casefold(), term.code)
    near = difflib.get_close_matches(word, spelt, n=2 * _SUGGESTIONS, cutoff=cutoff)
    return list(dict.fromkeys(spelt[name] for name in near))


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return value
