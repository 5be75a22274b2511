"""The text of a draft made from somebody else's form, with a comment at whatever it did not say.

A field that an agreement needs and the source lacks is filled with ``not-said``, which is
no term and which `concordat check` refuses; so nothing that was never said can be signed by
oversight.
"""

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from agreements import document, spelling
from agreements.characters import UNSEEN
from agreements.document import Document
from agreements.errors import DocumentError
from agreements.spelling import Json
from agreements.vocabulary import Kind, Vocabulary

NOT_SAID: Final = "not-said"
"""What stands where a term is needed and the source has none."""

_WIDTH = 100
_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_ARTICLE = re.compile(r"^(uk gdpr )?(article|art\.?) ")
_DUTY = re.compile(r"([a-z0-9-]+)(?: within (P\w+))?(?: after (P\w+))?(?: from ([a-z0-9-]+))?")
_DURATION = re.compile(r"P([1-9][0-9]{0,3}[YMD]|T[1-9][0-9]{0,3}[HM])")

_SHOWN = 12

Path = tuple[str | int, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Remark:
    """What whoever finishes a draft should know about one field of it."""

    path: Path
    words: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft made from another form.

    Attributes:
        document: The draft as it is read.
        remarks: What was not in the source, or was not understood.
    """

    document: Document
    remarks: tuple[Remark, ...]


def drafted(fields: dict[str, Json], remarks: Sequence[Remark], source: str) -> Drafted:
    """Write a draft, each remark as a comment above its field.

    Args:
        source: What the draft was made from, in a few words.

    Raises:
        DocumentError: The source holds something that no agreement can.
    """
    text = spelling.write(fields)
    places = document.read(text).places
    above: dict[int, list[str]] = {}
    for remark in remarks:
        words = above.setdefault(places.of(remark.path).line, [])
        words += [remark.words] if remark.words not in words else []
    heading = (
        f"Draft made from {source}. It binds nobody; `concordat check` says what is to be done."
    )
    lines = [*_comment(heading, ""), ""]
    for number, line in enumerate(text.split("\n"), 1):
        margin = line[: len(line) - len(line.lstrip(" "))]
        lines += [part for words in above.get(number, ()) for part in _comment(words, margin)]
        lines.append(line)
    return Drafted(document.parse("\n".join(lines)), tuple(remarks))


def _comment(words: str, margin: str) -> list[str]:
    seen = " ".join(UNSEEN.sub("?", words).split())
    width = max(40, _WIDTH - len(margin) - 2)
    return [
        f"{margin}# {line}"
        for line in textwrap.wrap(seen, width, break_long_words=False, break_on_hyphens=False)
    ]


def slug(words: str) -> str:
    """An id made of somebody else's name for something; `draft` if nothing of it can be kept."""
    if _ID.fullmatch(words):
        return words
    return re.sub(r"[^a-z0-9.]+", "-", words.lower()).strip("-.")[:63].strip("-.") or "draft"


def term(vocabulary: Vocabulary, kind: Kind, words: str) -> str | None:
    """The code somebody meant by a code, an address, a phrase or a word for it; else none."""
    code = words.strip().removeprefix(f"{vocabulary.namespace}{kind}-")
    cited = re.sub(r"\((\w+)\)", r"-\1", _ARTICLE.sub("", code.lower()))
    for spelt in (code, cited):
        # Paragraph 5 of Schedule 1 is no term; rule R05 says what it is.
        if vocabulary.has(kind, spelt) or (kind, spelt) == (Kind.SCHEDULE1, "5"):
            return spelt
    sought = " ".join(code.split()).casefold()
    for each in vocabulary.terms:
        also = each.extra.get("also", ())
        names = (each.code, each.label, *(also if isinstance(also, tuple) else ()))
        if each.kind is kind and sought in {name.casefold() for name in names}:
            return each.code
    return None


def terms(
    vocabulary: Vocabulary, kind: Kind, said: Sequence[str], path: Path, *, needed: bool = False
) -> tuple[list[Json], list[Remark]]:
    """The codes that were meant; where a word is none, a remark, and that something is not said."""
    codes: list[Json] = []
    remarks = []
    for words in said:
        code = term(vocabulary, kind, words)
        if code is None:
            near = vocabulary.suggest(kind, words)
            meant = f"; near are {', '.join(near)}" if near else ""
            remarks.append(
                Remark(
                    path, f"the source says `{words}`, which is not {vocabulary.nouns[kind]}{meant}"
                )
            )
        elif code not in codes:
            codes.append(code)
    if remarks:
        codes.append(NOT_SAID)
    if needed and not said:
        remarks.append(Remark(path, "the source does not say this"))
        codes.append(NOT_SAID)
    return codes, remarks


def duties(
    vocabulary: Vocabulary, said: Sequence[str], path: Path
) -> tuple[list[Json], list[Remark]]:
    """The obligations that were meant, such as `delete after P6Y from case-closure`."""
    found: list[Json] = []
    remarks = []
    for words in said:
        parts = _DUTY.fullmatch(words.strip())
        times = [time for time in parts.groups()[1:3] if time] if parts else []
        known = parts is not None and vocabulary.has(Kind.OBLIGATION, parts[1])
        if parts is None or not known or not all(map(_DURATION.fullmatch, times)):
            remarks.append(Remark(path, f"the source also obliges: {words}"))
            continue
        named = zip(("do", "within", "after", "from"), parts.groups(), strict=True)
        found.append({name: value for name, value in named if value})
    if remarks:
        found.append({"do": NOT_SAID})
    return found, remarks


def one_of(found: Mapping[str, T], wanted: str | None, what: str) -> T:
    """The one agreement that was asked for, of those that a source holds.

    Raises:
        DocumentError: There are several and none was named, or not that one.
    """
    if wanted in found:
        return found[str(wanted)]
    if len(found) == 1:
        return next(iter(found.values()))
    names = ", ".join(list(found)[:_SHOWN]) + (" …" if len(found) > _SHOWN else "")
    if wanted is None:
        raise DocumentError(
            f"{what} holds {len(found)} agreements", hint=f"name one with --id: {names}"
        )
    raise DocumentError(f"{what} holds no agreement `{wanted}`", hint=f"it holds: {names}")
