"""What a git forge calls, as it is described."""

from collections.abc import Mapping
from typing import Final

from api.descriptions.examples import Example
from api.descriptions.operation import Answer, Body, Operation, Parameter
from api.descriptions.schemas import ANYTHING, Schema, members, one_of, ref

_SIGNATURES: Final = {
    "X-Hub-Signature-256": "GitHub: `sha256=` and the HMAC of the body, in hex.",
    "X-Gitea-Signature": "Gitea: the HMAC of the body, in hex.",
    "X-Forgejo-Signature": "Forgejo: the same.",
    "X-Gogs-Signature": "Gogs: the same.",
    "X-Gitlab-Token": "GitLab: the secret itself.",
}

SCHEMAS: Final[Mapping[str, Schema]] = {"Looking": members({"status": one_of(["looking"])})}

OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/hooks/register",
        name="register_changed",
        tag="Running it",
        summary="The shared register changed",
        description="Called by a git forge, with the secret `register.hook_secret`. What is in "
        "the body is not read.",
        parameters=tuple(
            Parameter(name=name, place="header", description=description)
            for name, description in _SIGNATURES.items()
        ),
        body=Body(schema=ANYTHING),
        answers=(
            Answer(status=202, description="The register is looked at.", schema=ref("Looking")),
        ),
        problems={
            401: "The call is not signed with the secret.",
            404: "This office has no such secret.",
            413: "The body is longer than 1 MiB.",
        },
        examples=(
            Example(
                name="signed",
                given="a secret of the forge",
                headers={"X-Gitlab-Token": "0123456789abcdef0123456789abcdef"},
                body={"ref": "refs/heads/main"},
                status=202,
                answer={"status": "looking"},
            ),
            Example(name="unsigned", body={"ref": "refs/heads/main"}, status=401),
        ),
    ),
)
