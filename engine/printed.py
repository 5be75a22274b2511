"""An object that is written beforehand but for some members, which are filled in each time.

Most of what a record states is the same whenever the same is answered again. Promises the
very bytes that the whole object would have if it were written anew.

Source:
    RFC 8785, section 3.2.3: members stand in the order of their names.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from engine.canonical import Json, encode_trusted


class Printed:
    """An object in its one spelling, with blanks.

    Args:
        members: All of them, their names in ASCII; what our own typed code built.
        blanks: Those to be filled in; what they hold now does not count.

    Raises:
        RecordError: A member cannot be written.
    """

    __slots__ = ("_text",)

    def __init__(self, members: Mapping[str, Json], blanks: Collection[str]) -> None:
        self._text: Final = b"{%b}" % b",".join(
            b"%b:%b" % (_plainly(name), b"%b" if name in blanks else _plainly(members[name]))
            for name in sorted(members)
        )

    def filled(self, spelled: Sequence[bytes]) -> bytes:
        """The object with its blanks filled, in the order of their names.

        Args:
            spelled: What each holds, as `encode_trusted` writes it.
        """
        return self._text % tuple(spelled)


class Written(NamedTuple):
    """What is written of an answer each time it is given.

    Attributes:
        of: All that it depends on; whatever differs has to be written anew.
        payload: What its record states.
        question: The question and the facts, as its record hides them.
    """

    of: tuple[object, ...]
    payload: Printed
    question: bytes


def _plainly(value: Json) -> bytes:
    # A per cent sign is filled in as itself.
    return encode_trusted(value).replace(b"%", b"%%")
