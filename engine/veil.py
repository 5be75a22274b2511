"""Words that nobody knows, kept out of what the record of a question states in the open.

A word in no vocabulary can be anything, the number of a patient in the wrong place
included. Promises that a stand-in (`unknown-1`, `unknown-2` …) is stated where such a word
stood, and says nothing of it but that it stood there. The words are hidden beside the
question, and can be put back by whoever is shown them. Nothing here decides what is known.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from engine.errors import RecordError
from engine.shape import CODE, listed

if TYPE_CHECKING:
    from engine.request import Disclosure
    from engine.terms import Unknown

STAND_IN: Final = "unknown-"
WORDS: Final = listed(CODE, at_least=1)
"""The form of the words, once they are shown."""

_OPEN: Final = frozenset({"from", "to", "asked_by", "information", "about", "purpose", "basis"})
"""What of a question its record states in the open."""


class _Veil:
    """Gives out stand-ins, and remembers what for."""

    def __init__(self, unknown: Collection[tuple[str, str]]) -> None:
        self._unknown: Final = unknown
        self.words: Final[list[str]] = []

    def over(self, field: str, word: str) -> str:
        """What is stated where a word stands."""
        if (field, word) not in self._unknown:
            return word
        self.words.append(word)
        return f"{STAND_IN}{len(self.words)}"


def veiled(
    asked: "Disclosure", unknown: Iterable["Unknown"], strangers: Iterable[str] = ()
) -> tuple["Disclosure", tuple[str, ...]]:
    """A question with a stand-in for each unknown word that its record would state.

    Args:
        unknown: Words of the question that the vocabulary lacks; those that stand where a record
            hides them anyway are left as they are.
        strangers: Those of its two ends that nobody knows.

    Returns:
        The question, and the words, in the order of their stand-ins.
    """
    veil = _Veil(
        {(each.field, each.word) for each in unknown} | {("agency", each) for each in strangers}
    )
    ends = {each: veil.over("agency", each) for each in (asked.holder, asked.recipient)}
    said: dict[str, Any] = {  # Any: what a question holds, field by field.
        "holder": ends[asked.holder],
        "recipient": ends[asked.recipient],
        "asked_by": None if asked.asked_by is None else ends[asked.asked_by],
        "information": tuple([veil.over("information", each) for each in asked.information]),
        "about": tuple([veil.over("about", each) for each in asked.about]),
        "purpose": veil.over("purpose", asked.purpose),
        "basis": asked.basis.model_copy(
            update={
                name: veil.over(name, word)
                for name, word in vars(asked.basis).items()
                if word is not None
            }
        ),
    }
    return asked.model_copy(update=said), tuple(veil.words)


# Any, here and below: JSON whose shape was checked when it was read.
def unveiled(asked: Mapping[str, Any], words: Sequence[str]) -> dict[str, Any]:
    """A question as it was put: each stand-in replaced by the word it stands for."""
    stood = {f"{STAND_IN}{place}": word for place, word in enumerate(words, 1)}
    return {name: _put_back(said, stood) if name in _OPEN else said for name, said in asked.items()}


def in_the_open(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What a decision states of its question, as a question writes it; categories sorted."""
    split = payload["information"]
    return {
        **{name: payload[name] for name in ("from", "to", "asked_by", "about", "purpose")},
        "basis": payload["lawful_basis"],
        "information": sorted((*split["permitted"], *split["referred"], *split["refused"])),
    }


def refuse_other_words(payload: Mapping[str, Any], words: Sequence[str]) -> None:
    """Refuse words that do not belong to the stand-ins of a decision's record (step V13).

    Raises:
        RecordError: There are more words than stand-ins, or fewer.
    """
    stated = in_the_open(payload)
    given = {f"{STAND_IN}{place}" for place in range(1, len(words) + 1)}
    found = {text for text in _texts(stated) if text.startswith(STAND_IN)}
    if found != given:
        raise RecordError("the unknown words shown are not those that the record leaves out")


def _put_back(said: Any, stood: Mapping[str, str]) -> Any:
    if isinstance(said, str):
        return stood.get(said, said)
    if isinstance(said, list):
        return [_put_back(each, stood) for each in said]
    return {name: _put_back(each, stood) for name, each in said.items()}


def _texts(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
        return
    for each in said if isinstance(said, list) else said.values():
        yield from _texts(each)
