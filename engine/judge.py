"""Cedar under one law: what is put to it, and what it said of the very same before.

Promises that every answer is one that Cedar gave to the same set of policies about the
same recipient, action and category, in a context that differs, if at all, in nothing the
set looks at (`engine.regard`). An error, or an answer that is neither Allow nor Deny, is
taken down as an error and never remembered. Nothing here weighs what Cedar said.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import cedarpy

from engine import canonical
from engine.errors import PolicyError
from engine.lately import Lately, slim
from engine.regard import Regard, regard_of

PARSED_BYTES: Final = 12 * 1024 * 1024
"""How much Cedar is kept parsed, counted as it is written; parsed it takes some 20 times that."""

REMEMBERED_BYTES: Final = 48 * 1024 * 1024
"""How much of what Cedar said is remembered, in memory."""

_ENTRY_BYTES: Final = 400
"""What one remembered answer takes in memory beside its key's own bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Policies:
    """Policies that are put to Cedar together.

    Attributes:
        text: As Cedar reads them.
        names: Their ids, in the order of the text; Cedar itself only numbers them.
        regard: What they look at; none if that cannot be stated.
    """

    text: str
    names: tuple[str, ...]
    regard: Regard | None

    @classmethod
    def of(cls, policies: Mapping[str, Mapping[str, Any]]) -> "Policies":
        """Render policies.

        Annotations decide nothing and are left out: they only cost memory.

        Args:
            policies: By id, in Cedar's own JSON form. Any: its nodes.

        Raises:
            ValueError: Cedar cannot read them.
        """
        rendered = []
        for policy in policies.values():
            alone = {"staticPolicies": {"policy": {**policy, "annotations": {}}}}
            document = json.dumps({**alone, "templates": {}, "templateLinks": []})
            rendered.append(cedarpy.policies_from_json_str(document))
        return cls("\n".join(rendered), tuple(policies), regard_of(policies.values()))

    def parsed(self) -> cedarpy.PolicySet:
        """As Cedar holds them.

        Raises:
            ValueError: They do not parse.
        """
        return cedarpy.PolicySet.from_str(self.text)

    def named(self, number: str) -> str:
        """The id of a policy that Cedar numbered."""
        place = number.removeprefix("policy")
        return self.names[int(place)] if place.isdecimal() else number


@dataclass(frozen=True, slots=True)
class Said:
    """What Cedar said of one category.

    Attributes:
        allows: Whether it said Allow; nothing else opens.
        reasons: The policies that settled it: those that permit if it allows, else that forbid.
        errors: What it complained of; then it allows nothing.
    """

    allows: bool
    reasons: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """The context of a question: its fields, and the same as JSON, spelt in its one way."""

    fields: Mapping[str, canonical.Json]
    text: str

    @classmethod
    def of(cls, fields: Mapping[str, canonical.Json]) -> "Situation":
        """Spell a context."""
        return cls(fields, canonical.encode_trusted(fields).decode())


_Key = tuple[Policies, str, str, bytes]


def _weight(key: _Key) -> int:
    return _ENTRY_BYTES + len(key[3])


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """Cedar, with the schema and the hierarchy of one law.

    Attributes:
        schema: The Cedar schema, parsed.
        entities: The hierarchy of information, parsed.
        held: Policies put to it lately, parsed.
        remembered: What it said lately.
    """

    schema: cedarpy.Schema
    entities: cedarpy.Entities
    held: Lately[Policies, cedarpy.PolicySet] = field(
        default_factory=lambda: Lately(PARSED_BYTES, lambda policies: len(policies.text))
    )
    remembered: Lately[_Key, Said] = field(
        default_factory=lambda: Lately(REMEMBERED_BYTES, _weight)
    )

    def hear(
        self,
        policies: Policies,
        recipient: str,
        action: str,
        categories: Sequence[str],
        situation: Situation,
    ) -> list[Said]:
        """Put each category of a question to a set of policies; in the same order what was said."""
        if policies.regard is None:
            return self._ask(policies, recipient, action, categories, situation)
        seen = slim(canonical.encode_trusted(policies.regard.seen(recipient, situation.fields)))
        known = {each: self.remembered.get((policies, action, each, seen)) for each in categories}
        unknown = [each for each, said in known.items() if said is None]
        if unknown:
            answers = self._ask(policies, recipient, action, unknown, situation)
            for each, said in zip(unknown, answers, strict=True):
                known[each] = said
                if not said.errors:
                    self.remembered.put((policies, action, each, seen), said)
        return [said for said in known.values() if said is not None]

    def _ask(
        self,
        policies: Policies,
        recipient: str,
        action: str,
        categories: Iterable[str],
        situation: Situation,
    ) -> list[Said]:
        requests = [
            {
                "principal": {"type": "Agency", "id": recipient},
                "action": {"type": "Action", "id": action},
                "resource": {"type": "Information", "id": category},
                "context": situation.text,
            }
            for category in categories
        ]
        parsed = self._parsed(policies)
        answers = cedarpy.is_authorized_batch(requests, parsed, self.entities, self.schema)
        return [_said(policies, answer) for answer in answers]

    def _parsed(self, policies: Policies) -> cedarpy.PolicySet:
        parsed = self.held.get(policies)
        if parsed is None:
            try:
                parsed = policies.parsed()
            except ValueError as fault:
                raise PolicyError(f"policies do not parse: {one_line(fault)}") from fault
            self.held.put(policies, parsed)
        return parsed


def _said(policies: Policies, answer: cedarpy.AuthzResult) -> Said:
    told = answer.diagnostics
    # Cedar skips a policy that errs, even a forbid, so any error is a deny; and
    # NoDecision is a third answer, so only Allow opens.
    if told.errors or answer.decision is cedarpy.Decision.NoDecision:
        return Said(allows=False, errors=tuple(told.errors) or ("no decision",))
    reasons = tuple(policies.named(number) for number in told.reasons)
    return Said(answer.decision is cedarpy.Decision.Allow, reasons)


def one_line(fault: object) -> str:
    """A fault of Cedar's in one line of at most 300 characters."""
    return " ".join(str(fault).split())[:300]
