"""What can go wrong with the words of an agreement, as errors a person can mend.

The root of every Concordat error stands here because ``agreements`` is the
lowest floor. A refusal to share is never an error: it is an answer, returned
as a value (see ``engine.decide``).
"""

from typing import ClassVar


class ConcordatError(Exception):
    """No answer could be given.

    Attributes:
        code: Stable name, listed in docs/errors.md, never reused.
        hint: What the reader can do next; empty if nothing.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class AgreementError(ConcordatError):
    """The agreement cannot be used as it stands."""

    code = "agreement"


class DocumentError(AgreementError):
    """The text of an agreement cannot be read.

    Attributes:
        line: Line in the text, from 1; 0 if the fault has no place.
        column: Column in that line, from 1; 0 if the fault has no place.
    """

    code = "document"

    def __init__(self, message: str, *, hint: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.column = column


class TransitionError(AgreementError):
    """The agreement cannot take this step from the state it is in."""

    code = "transition"


class VocabularyError(AgreementError):
    """A list of terms is itself malformed."""

    code = "vocabulary"
