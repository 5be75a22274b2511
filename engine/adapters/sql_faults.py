"""What a database complains of, told in the words of an operator.

Whatever goes wrong below becomes a `StorageError` that says what happened and what
to do; each database knows its own complaints. Nothing here opens one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from engine.canonical import escaped
from engine.errors import StorageError

UNKNOWN: Final = "records in `{}` cannot be used: {}"


def original(fault: BaseException) -> BaseException:
    """What the driver itself said."""
    if isinstance(fault, DBAPIError) and fault.orig is not None:
        return fault.orig
    return fault


def in_one_line(fault: BaseException) -> str:
    """What a driver said, fit for the end of a message."""
    return " ".join(escaped(str(original(fault))).lower().split())


@contextmanager
def faults_told(
    errors: tuple[type[Exception], ...], told: Callable[[BaseException], StorageError]
) -> Iterator[None]:
    """Let no exception of a database out but as a `StorageError`.

    Args:
        errors: What its driver raises.
        told: Says it in our words.
    """
    caught: tuple[type[Exception], ...] = (SQLAlchemyError, *errors)
    try:
        yield
    except caught as fault:
        raise told(fault) from fault
