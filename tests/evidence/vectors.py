"""Where the published vectors lie, and how a test reads them."""

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[1] / "vectors"


def load(name: str) -> Any:
    """Read one JSON file, without any strictness of ours."""
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def flipped(data: bytes, bit: int) -> bytes:
    """Turn over one bit of some bytes."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
