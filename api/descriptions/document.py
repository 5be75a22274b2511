"""The OpenAPI document, put together from what is said of each operation.

Source:
    OpenAPI Specification 3.1.1; RFC 9457 (problems).
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from api.descriptions.examples import Example
from api.descriptions.operation import Answer, Operation, Parameter
from api.descriptions.schemas import Schema, ref
from engine.service.clients import Scope

PROBLEM: Final = "application/problem+json"
Needs = Mapping[tuple[str, str], Collection[Scope]]
"""With which scopes one may come in, any of them, by method and path; no row, no token."""

_Said = dict[str, Any]  # Any: JSON.

_PROBLEMS: Final[Mapping[int, str]] = {
    400: "The request is malformed.",
    401: "Who is asking was not shown.",
    403: "It is not this caller's to ask.",
    404: "There is no such thing, or none that the caller may know of.",
    429: "More came at once than is answered.",
    503: "No answer can be given now.",
}
_WAIT: Final = (429, 503)
_CHALLENGED: Final = (401, 403)

_HEADERS: Final[Mapping[str, _Said]] = {
    "X-Request-ID": {
        "description": "The name of the request that was sent with it, or one given to it.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
    },
    "Retry-After": {
        "description": "For how many seconds to wait.",
        "schema": {"type": "string", "pattern": "^[1-9][0-9]*$"},
    },
    "WWW-Authenticate": {
        "description": "How to show who asks (RFC 6750, RFC 9449).",
        "schema": {"type": "string"},
    },
}

_REQUEST_ID: Final = Parameter(
    name="X-Request-ID",
    place="header",
    description="A name for the request, of up to 128 visible characters; it comes back.",
)

_PROBLEM: Final[Schema] = {
    "type": "object",
    "description": "Why no answer was given (RFC 9457). Nothing was permitted by it.",
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Where the code is explained."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "description": "A stable name; docs/errors.md lists them."},
        "detail": {"type": "string", "description": "What is wrong."},
        "hint": {"type": "string", "description": "What can be done."},
    },
    "required": ["type", "title", "status", "code", "detail"],
}


def document(
    operations: Sequence[Operation],
    schemas: Mapping[str, Schema],
    *,
    needs: Needs,
    url: str,
    version: str,
) -> _Said:
    """Write the document.

    Args:
        url: Where the service is reached.
        version: Of the service.
    """
    ordered = sorted(operations, key=lambda each: each.path)
    return {
        "openapi": "3.1.1",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Concordat",
            "version": version,
            "summary": "Whether information may be shared under an agreement, signed and kept.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": url}],
        "tags": [{"name": name} for name in dict.fromkeys(each.tag for each in operations)],
        "paths": {
            path: {each.method.lower(): _operation(each, needs) for each in together}
            for path, together in groupby(ordered, key=lambda each: each.path)
        },
        "components": {
            "schemas": {**schemas, "Problem": _PROBLEM},
            "headers": _HEADERS,
            "securitySchemes": _schemes(url, needs),
        },
    }


def _schemes(url: str, needs: Needs) -> _Said:
    scopes = {scope for each in needs.values() for scope in each}
    named = {each.value: said for each, said in _SCOPES.items() if each in scopes}
    flow = {"tokenUrl": f"{url}/oauth/token", "scopes": named}
    return {
        "token": {
            "type": "oauth2",
            "description": "An access token (RFC 9068): `Authorization: DPoP …` with a proof, or "
            "`Authorization: Bearer …` where it is bound to a certificate, or to nothing and "
            "the office lets that be enough.",
            "flows": {"clientCredentials": flow},
        },
        "proof": {
            "type": "apiKey",
            "in": "header",
            "name": "DPoP",
            "description": "A proof that the sender holds the key of the token (RFC 9449).",
        },
    }


_SCOPES: Final = {
    Scope.DECIDE: "ask for decisions",
    Scope.CONSENT: "record and withdraw consents",
    Scope.AUTHOR: "write and propose agreements",
    Scope.SIGN: "bring signatures",
    Scope.AUDIT: "see what was decided and why",
    Scope.ADMIN: "run the office",
}


def _operation(each: Operation, needs: Needs) -> _Said:
    scopes = sorted(one.value for one in needs.get(each.way, ()))
    said: _Said = {"operationId": each.name, "tags": [each.tag], "summary": each.summary}
    if each.description:
        said["description"] = each.description
    said["parameters"] = [_parameter(one, each) for one in (*each.parameters, _REQUEST_ID)]
    if each.body is not None:
        # What is no JSON is shown in words, where it is described.
        shown = [one for one in each.examples if one.status < 400 and not _is_words(one)]
        content = {"schema": each.body.schema} | _examples({one.name: _sent(one) for one in shown})
        said["requestBody"] = {
            "required": True,
            "content": {each.body.media_type: content},
        } | ({"description": each.body.description} if each.body.description else {})
    said["responses"] = _responses(each, bool(scopes))
    # Any one of the scopes will do, with a proof or where none is asked for.
    proved: tuple[_Said, ...] = ({"proof": []}, {})
    said["security"] = [{"token": [scope], **proof} for scope in scopes for proof in proved]
    return said


def _is_words(one: Example) -> bool:
    return one.form is None and isinstance(one.body, str)


def _sent(one: Example) -> Any:  # Any: JSON.
    return one.form if one.form is not None else one.body


def _parameter(one: Parameter, of: Operation) -> _Said:
    places = {"path": "path", "query": "query", "header": "headers"}
    values = {
        each.name: getattr(each, places[one.place]).get(one.name)
        for each in of.examples
        if each.status < 400
    }
    return {
        "name": one.name,
        "in": one.place,
        "required": one.needed or one.place == "path",
        "description": one.description,
        "schema": one.schema,
    } | _examples({name: value for name, value in values.items() if value is not None})


def _responses(each: Operation, guarded: bool) -> _Said:
    problems = {status: _PROBLEMS[status] for status in _usual(each, guarded)} | dict(each.problems)
    answers = (*each.answers, *(_problem(status, problems[status]) for status in sorted(problems)))
    said: _Said = {}
    for one in answers:
        response = _response(one, each.examples)
        before = said.setdefault(str(one.status), response)
        # One status may be told in several media types.
        before.get("content", {}).update(response.get("content", {}))
    return said


def _usual(each: Operation, guarded: bool) -> list[int]:
    """At which statuses a problem is told because every such route does."""
    places = {one.place for one in each.parameters}
    return [
        *([400] if guarded or each.body is not None or "query" in places else []),
        *([401, 403] if guarded else []),
        *([404] if "path" in places else []),
        *_WAIT,
    ]


def _problem(status: int, description: str) -> Answer:
    return Answer(
        status=status,
        description=description,
        schema=ref("Problem"),
        media_type=PROBLEM,
    )


def _response(one: Answer, examples: Sequence[Example]) -> _Said:
    headers: _Said = {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}}
    for statuses, name in ((_WAIT, "Retry-After"), (_CHALLENGED, "WWW-Authenticate")):
        if one.status in statuses:
            headers[name] = {"$ref": f"#/components/headers/{name}"}
    for name, description in one.headers.items():
        headers[name] = {"description": description, "schema": {"type": "string"}}
    said: _Said = {"description": one.description, "headers": headers}
    if one.schema is not None:
        shown = {
            each.name: each.answer
            for each in examples
            if each.status == one.status and each.answer is not None
        }
        said["content"] = {one.media_type: {"schema": one.schema} | _examples(shown)}
    return said


def _examples(values: Mapping[str, Any]) -> _Said:  # Any: JSON.
    return (
        {"examples": {name: {"value": value} for name, value in values.items()}} if values else {}
    )
