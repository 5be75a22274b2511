"""What an AuthZEN question and its answer are made of."""

from collections.abc import Mapping
from typing import Any, Final

from api.descriptions.answer_shapes import ANSWERED, UNANSWERED
from api.descriptions.schemas import (
    ANYTHING,
    FLAG,
    Schema,
    described,
    listed,
    members,
    one_of,
    or_null,
    ref,
    text,
)
from engine.asking import MAX_NONCE
from engine.request import MAX_CATEGORIES

MAX_EVALUATIONS: Final = 100

_ID: Final = r"^[a-z0-9][a-z0-9.-]{0,62}$"
_CODE: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
_LINE: Final = r"^[^\x00-\x1f\x7f]+$"
_WORDS: Final = r"^[^\x00-\x08\x0b-\x1f\x7f]+$"


def agency(description: str) -> Schema:
    """The identifier of an agency."""
    return text(description, pattern=_ID)


def code(description: str) -> Schema:
    """A word of the vocabulary; one that nobody knows is answered, and not refused."""
    return text(description, pattern=_CODE)


def line(description: str, most: int = 1024) -> Schema:
    """One line of words."""
    return text(description, minLength=1, maxLength=most, pattern=_LINE)


def statement(description: str) -> Schema:
    """What is written out."""
    return text(description, minLength=1, maxLength=2_000, pattern=_WORDS)


def codes(description: str, most: int, least: int = 1) -> Schema:
    """Words of the vocabulary, none twice."""
    more: dict[str, Any] = {"minItems": least, "maxItems": most, "uniqueItems": True}
    return listed({"type": "string", "pattern": _CODE}, description, **more)


BASIS: Final = members(
    {},
    {
        "regime": code("Which law governs it: `UKGDPR`, `LE` or `IS`."),
        **{
            name: or_null(code(said))
            for name, said in {
                "article6": "UK GDPR Article 6(1).",
                "annex1": "UK GDPR Annex 1.",
                "article9": "UK GDPR Article 9(2).",
                "schedule1": "DPA 2018 Schedule 1.",
                "law_enforcement": "DPA 2018 section 35(2).",
                "schedule8": "DPA 2018 Schedule 8.",
                "gateway": "The power to share.",
            }.items()
        },
    },
    "The lawful basis that the caller's agency asserts for itself.",
)

SUBJECT_PROPERTIES: Final = {
    "agency": agency("The agency that would receive; the caller's if it is left out."),
    "role": code("In which role the person asks."),
}
RESOURCE_PROPERTIES: Final = {
    "holder": agency("The agency that would give; the caller's if it is left out."),
    "categories": codes("What information.", MAX_CATEGORIES),
    "about": codes("About what kinds of person.", 16),
    "subject_ref": or_null(line("About whom; kept hidden.")),
    "classification": or_null(code("Its marking.")),
    "handling": or_null(code("How it is to be handled.")),
    "collected_under": or_null(code("Under which regime it was collected.")),
}
CONTEXT: Final = {
    "purpose": code("What the recipient will do with it."),
    "lawful_basis": BASIS,
    "necessity": or_null(statement("Why it is needed.")),
    "no_consent_reason": or_null(code("Why there is no consent.")),
    "public_task_statement": or_null(statement("Which public task it serves.")),
    "handling_conditions": or_null(statement("How it will be handled.")),
    "confirms": codes("Facts of the single case that are confirmed.", 64, 0),
    "agreement": or_null(agency("Under which agreement alone.")),
    "asked_by": agency("The caller's own agency, if it is said at all."),
    "nonce": or_null(
        text("By which the caller knows the record again.", pattern=f"^[!-~]{{1,{MAX_NONCE}}}$")
    ),
    "subject_token": text("In which the caller's agency vouches for its person (a JWT)."),
}

NAME: Final = {"minLength": 1, "maxLength": 256}


def _some(schemas: Mapping[str, Schema], *needed: str) -> Schema:
    """An object of these members, of which some must be there."""
    rest = {name: schema for name, schema in schemas.items() if name not in needed}
    return members({name: schemas[name] for name in needed}, rest)


def question_subject() -> Schema:
    """Who asks."""
    return members(
        {
            "type": text("What kind of person asks; `practitioner`, say.", **NAME),
            "id": line("Who asks.", 256),
            "properties": _some(SUBJECT_PROPERTIES, "role"),
        }
    )


def question_resource() -> Schema:
    """What is asked for."""
    return members(
        {
            "type": one_of(["information"]),
            "id": line("The case reference.", 256),
            "properties": _some(RESOURCE_PROPERTIES, "categories", "about"),
        }
    )


def question_context() -> Schema:
    """What it is asked for, and what that rests on."""
    return _some(CONTEXT, "purpose")


EVALUATION: Final = members(
    {
        "subject": question_subject(),
        "action": members({"name": one_of(["disclose"])}, {"properties": {"type": "object"}}),
        "resource": question_resource(),
        "context": question_context(),
    },
    description="A question. Members that are not named here are ignored; those within its "
    "properties and its context are listed in `context.ignored` of the answer.",
)

_ITEMS: Final = {
    "subject": ANYTHING,
    "action": ANYTHING,
    "resource": ANYTHING,
    "context": ANYTHING,
}

SHAPES: Final[Mapping[str, Schema]] = {
    "Evaluation": EVALUATION,
    "Evaluations": {
        "description": "Several questions. What they have in common stands beside them, and an "
        "item replaces a whole member of it. Without any, it is one question.",
        "anyOf": [
            members(
                {
                    "evaluations": listed(
                        described(
                            ANYTHING,
                            "A question, or what of it differs; one that is malformed has an "
                            "error for its answer.",
                        ),
                        minItems=1,
                        maxItems=MAX_EVALUATIONS,
                    )
                },
                {**_ITEMS, "options": ref("EvaluationsOptions")},
            ),
            {
                "allOf": [
                    ref("Evaluation"),
                    members(
                        {},
                        {
                            "evaluations": listed(ANYTHING, maxItems=0),
                            "options": ref("EvaluationsOptions"),
                        },
                    ),
                ]
            },
        ],
    },
    "EvaluationsOptions": members(
        {},
        {
            "evaluations_semantic": one_of(
                ["execute_all", "deny_on_first_deny", "permit_on_first_permit"],
                "When to stop.",
            )
        },
    ),
    "Decision": members({"decision": FLAG, "context": ANSWERED}),
    "Decisions": members(
        {
            "evaluations": listed(
                members(
                    {"decision": FLAG, "context": {"anyOf": [ANSWERED, UNANSWERED]}},
                )
            )
        }
    ),
}
