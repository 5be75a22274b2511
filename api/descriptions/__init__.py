"""What can be asked over HTTP, described once: from this the OpenAPI document is written.

A module here stands beside the module of `api.routes` that has the same name, which so
stays small. Nothing here reads a request, and no route reads anything here.

How to describe a route:

1. In `api/descriptions/NAME.py`, say `OPERATIONS`, a tuple of one `Operation` for each
   method and path of `api/routes/NAME.py`, the path with the very words in braces that
   the route has. Say `SCHEMAS`, JSON Schemas by a name that no other module uses; within
   others they are meant by `schemas.ref("Name")`. Schemas are written with the few
   functions of `api.descriptions.schemas`, or as plain dictionaries; a pydantic model
   becomes one by `schemas.of_model(Model)`.
2. Name the module in `_CHAPTERS` of `api/descriptions/book.py`.
3. Leave out what is true of every route, which `api.descriptions.document` adds:
   `X-Request-ID`, 429 and 503 with `Retry-After`; 400 wherever anything is read; 401 and
   403 wherever a token is needed; 404 wherever a path has a word in braces. Which scopes
   a way in needs is said in `api.scopes` alone.
4. Give each operation an `Example` at least. Each is sent to a real office and must be
   answered as it says (tests/api/test_described.py): the same members, the same values,
   but that members named in `examples.VARIES` need only fit their schema. Leave `answer`
   out where the schema says enough. What must have happened before is a phrase in
   `given`, with a function of that name in tests/api/states.py, which returns the words
   for braces, the query, the headers or the form that nobody can know beforehand.

Request schemas are exact: what fits one is never answered with 400, and what does not
fit always is. Whatever a schema cannot say and is refused (a state, a signature) is another
status, 403, 409 or 422, said with `Answer`. Schemathesis holds every operation to that.
"""
