"""The fields of a value as rows of a table: a name, and what is said, in words a party reads."""

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import Final

from agreements.exports import wording
from agreements.exports.exported import label
from agreements.structure import KINDS
from agreements.values import Words, format_instant
from agreements.vocabulary import Vocabulary

_NAMES: Final = {
    "article6": "UK GDPR Article 6",
    "annex1": "UK GDPR Annex 1",
    "article9": "UK GDPR Article 9",
    "schedule1": "DPA 2018 Schedule 1",
    "schedule8": "DPA 2018 Schedule 8",
    "law_enforcement": "DPA 2018 Part 3",
    "schedule7": "Listed in DPA 2018 Schedule 7",
    "dpia_reference": "Data protection impact assessment",
    "uri": "Address on the web",
    "about": "About whom",
    "end": "Ends",
    "review_due": "Review due",
    "since": "From",
}
_DURATIONS: Final = {
    *("review_period", "valid_for", "review_every", "after", "within", "respond_within"),
    *("paperwork_within", "keep_for", "notice"),
}


def sentence(words: str) -> str:
    """Words that begin as a sentence does."""
    return words[:1].upper() + words[1:]


class Spoken:
    """Says the fields of a value in words, with the phrase of each term."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def rows(self, value: Words, *, without: Collection[str] = ()) -> list[list[str]]:
        """Every field that says something, in the order of the model, as a name and words."""
        found = []
        for name, described in type(value).model_fields.items():
            field = described.alias or name
            content = getattr(value, name)
            said = self._said(type(value).__name__, name, content)
            # A `false` that goes without saying is left out; one that somebody wrote is not.
            goes_without_saying = content is False and described.default is False
            if field not in without and said and not goes_without_saying:
                shown = _NAMES.get(name, sentence(name.replace("_", " ")))
                found.append([shown, said])
        return found

    def _said(self, owner: str, field: str, value: object) -> str:
        match value:
            case None:
                return ""
            case bool():
                return "Yes" if value else "No"
            case Enum():
                return str(value.value)
            case datetime():
                return format_instant(value)
            case Words():
                return "; ".join(f"{key}: {said}" for key, said in self.rows(value))
            case tuple():
                lines = [self._said(owner, field, item) for item in value]
                parting = (
                    "\n" if any(isinstance(i, Words) or len(str(i)) > 60 for i in value) else ", "
                )
                return parting.join(lines)
            case str() if field in _DURATIONS:
                return wording.duration(value)
            case str():
                return self._term(owner, field, value)
        return str(value)

    def _term(self, owner: str, field: str, code: str) -> str:
        kind = KINDS.get((owner, field))
        if kind is None or not self.vocabulary.has(kind, code):
            return code
        said = label(self.vocabulary, kind, code)
        return f"{said} ({code})"
