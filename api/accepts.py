"""In which form somebody wants a thing that is to be had in several.

Source:
    RFC 9110, section 12.5.1.
"""

from collections.abc import Sequence

from api.problems import ProblemError

_MAX_RANGES = 64


def chosen(accept: str | None, offered: Sequence[str]) -> str:
    """The form that is wanted most; among equals, the one that is offered first.

    Args:
        accept: The header, if there is one.
        offered: Media types, without parameters.

    Raises:
        ProblemError: 406, none of them is wanted.
    """
    wanted = _ranges(accept) if accept and accept.strip() else [("*/*", 1.0)]
    best = max(offered, key=lambda each: _quality(each, wanted))
    if _quality(best, wanted) <= 0:
        raise ProblemError(
            406, "form", "it is not to be had in that form", hint=f"it is: {', '.join(offered)}"
        )
    return best


def _ranges(accept: str) -> list[tuple[str, float]]:
    found = []
    for part in accept.split(",")[:_MAX_RANGES]:
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        said = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        try:
            found.append((name, float(said)))
        except ValueError:
            found.append((name, 0.0))
    return found


def _quality(media_type: str, wanted: Sequence[tuple[str, float]]) -> float:
    """By the range that says most of it."""
    for name in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        found = [quality for each, quality in wanted if each == name]
        if found:
            return max(found)
    return 0.0
