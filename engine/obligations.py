"""What whoever is permitted must then do, in plain English."""

from collections.abc import Mapping
from typing import Any

from agreements.vocabulary import Kind, Vocabulary

_UNITS = {"Y": "year", "M": "month", "D": "day", "TH": "hour", "TM": "minute"}


def obligation(duty: Mapping[str, Any], vocabulary: Vocabulary) -> str:
    """Say one obligation, such as "delete it 6 years after case closure"."""
    if duty.get("text"):
        return str(duty["text"])
    words = [vocabulary.term(Kind.OBLIGATION, duty["do"]).label]
    if "within" in duty:
        words.append(f"within {_duration(duty['within'])}")
    if "after" in duty:
        words.append(f"after {_duration(duty['after'])}")
    if "from" in duty:
        words.append(f"from {vocabulary.term(Kind.EVENT, duty['from']).label}")
    return " ".join(words)


def _duration(written: str) -> str:
    time = "T" if written.startswith("PT") else ""
    count, unit = int(written.strip("PTYMDH")), _UNITS[time + written[-1]]
    return f"{count} {unit}{'' if count == 1 else 's'}"
