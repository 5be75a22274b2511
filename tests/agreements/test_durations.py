"""Lengths of time, counted on the calendar."""

from datetime import UTC, datetime

import pytest

from agreements.durations import after

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        ("P3M", datetime(2027, 2, 28, 12, tzinfo=UTC)),
        ("P15M", datetime(2028, 2, 29, 12, tzinfo=UTC)),
        ("P1Y", datetime(2027, 11, 30, 12, tzinfo=UTC)),
        ("P31D", datetime(2026, 12, 31, 12, tzinfo=UTC)),
        ("PT36H", datetime(2026, 12, 2, tzinfo=UTC)),
        ("PT90M", datetime(2026, 11, 30, 13, 30, tzinfo=UTC)),
        ("P9999Y", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_length_of_time_is_counted_on_the_calendar(length: str, expected: datetime) -> None:
    assert after(NOON, length) == expected


@pytest.mark.parametrize("length", ["", "P", "P0D", "PT1D", "P1H", "PT1Y", "1M", "P1M2D", "P-1D"])
def test_what_is_no_length_of_time_is_refused(length: str) -> None:
    with pytest.raises(ValueError, match="is not a length of time"):
        after(NOON, length)
