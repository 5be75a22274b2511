"""A request as the framework hands it over, without a socket."""

from urllib.parse import urlencode

from fastapi import Request


def request(
    path: str = "/v1/things",
    query: dict[str, str] | str = "",
    *,
    method: str = "GET",
    body: bytes = b"",
    **headers: str,
) -> Request:
    """One request; a header's name has `_` for `-`."""
    query_string = query if isinstance(query, str) else urlencode(query)
    given = {"content_type": "application/json"} | headers
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query_string.encode(),
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in given.items()
        ],
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)
