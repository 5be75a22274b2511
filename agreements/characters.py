"""The characters an agreement may be written in, and how bytes become them.

Whoever signs a text must have been able to see all of it, and every reader
must break it into the same lines. Characters that work otherwise are refused.
"""

import re

from agreements.errors import DocumentError

MAX_BYTES = 1 << 20
"""The longest text that is read, in bytes of UTF-8."""

UNSEEN = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u200d\u2010-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd"
    "\U00010000-\U0010ffff]"
)
"""Controls, half characters, line breaks other than the usual one, and marks that turn text round.

Source:
    YAML 1.2.2, section 5.1; Unicode Technical Report 36, section 2.10 (bidirectional text).
"""


def decode(text: str | bytes) -> str:
    """Read text, or refuse what could be read in two ways or not be seen.

    Args:
        text: UTF-8 without a byte order mark, at most 1 MiB; lines end in LF or CRLF.

    Raises:
        DocumentError: It is something else; the first place where it is.
    """
    if len(text) > MAX_BYTES:
        raise _refused("the text is longer than 1 MiB", "", "split it")
    words = text if isinstance(text, str) else _from_utf8(text)
    if words.startswith("\ufeff"):
        raise _refused("the text begins with a byte order mark", "", "save it as UTF-8 without BOM")
    seen = words.replace("\r\n", " \n")
    odd = UNSEEN.search(seen)
    if odd:
        hint = 'remove it; or, in "double quotes", write it as an escape'
        message = f"a character that cannot be seen: U+{ord(odd[0]):04X}"
        raise _refused(message, seen[: odd.start()], hint)
    if len(words.encode()) > MAX_BYTES:
        raise _refused("the text is longer than 1 MiB", "", "split it")
    return words


def _from_utf8(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        before = text[: error.start].decode("utf-8")
        raise _refused("the text is not UTF-8", before, "save it as UTF-8") from None


def _refused(message: str, before: str, hint: str) -> DocumentError:
    """A fault just after some text."""
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return DocumentError(message, hint=hint, line=line, column=column)
