"""What a word without quotes says: text, a whole number, true or false, or a fault.

Each number and each truth has one spelling. What another reader might take for
a number, a truth or nothing at all is never text.

Source:
    YAML 1.2.2, section 10.3.2.
"""

import re

from agreements import faults
from agreements.errors import DocumentError
from agreements.nodes import Place

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
_NUMBER = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    re.ASCII,
)
_TRUTH = {"true": True, "false": False}
_TRUTH_MISSPELT = {"True", "TRUE", "False", "FALSE"}
_NOTHING = {"", "~", "null", "Null", "NULL"}


def read(text: str, name: str, place: Place) -> str | int | bool:
    """Read a scalar that stands without quotes.

    Args:
        text: What stands there.
        name: How a sentence calls the value.
        place: Where it stands.

    Raises:
        DocumentError: It is read as something that no agreement holds.
    """
    if text in _TRUTH:
        return _TRUTH[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if text in _NOTHING:
        raise nothing(name, place)
    if text in _TRUTH_MISSPELT:
        hint = f'if you mean true or false, write `{text.lower()}`; if it is text, `"{text}"`'
        raise faults.at(f"`{text}` is read as true or false", place, hint)
    if _NUMBER.fullmatch(text):
        raise faults.number(text, place)
    return text


def nothing(name: str, place: Place) -> DocumentError:
    """A value is missing, or written as YAML writes nothing."""
    return faults.at(f"{name} has no value", place, "write a value, or leave the field out")
