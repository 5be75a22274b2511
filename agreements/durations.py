"""Lengths of time as agreements write them, counted on the calendar.

Three months after 30 November is the last day of February: a month that is too
short ends on its last day. Nothing here reads a clock.
"""

import calendar
import re
from datetime import UTC, datetime, timedelta
from typing import Final

_WRITTEN: Final = re.compile(r"P(T)?([1-9][0-9]{0,3})([YMDH])")
_LAST: Final = datetime.max.replace(microsecond=0, tzinfo=UTC)


def after(at: datetime, duration: str) -> datetime:
    """The instant that lies a length of time after another; the last there is if none does.

    Args:
        at: An instant, aware, UTC.
        duration: ISO 8601 in one unit, such as ``P3M`` or ``PT24H``.

    Raises:
        ValueError: It is not written as a length of time.
    """
    written = _WRITTEN.fullmatch(duration)
    if written is None:
        raise ValueError(f"`{duration}` is not a length of time")
    of_a_day, number, unit = written[1] is not None, int(written[2]), written[3]
    if of_a_day is not (unit == "H") and unit != "M":
        raise ValueError(f"`{duration}` is not a length of time")
    try:
        if unit == "H":
            return at + timedelta(hours=number)
        if unit == "D":
            return at + timedelta(days=number)
        if of_a_day:
            return at + timedelta(minutes=number)
        return _months_after(at, number * 12 if unit == "Y" else number)
    except (OverflowError, ValueError):
        return _LAST


def _months_after(at: datetime, months: int) -> datetime:
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return at.replace(year=year, month=month + 1, day=min(at.day, last))
