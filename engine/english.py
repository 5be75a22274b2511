"""A clause in plain English, read from the very syntax tree that Cedar enforces.

Never from the agreement's own words: a sentence here cannot differ from what is
decided. A tree of a shape the compiler does not make is refused, not guessed at.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from agreements.model import Agreement
from agreements.values import format_instant
from agreements.vocabulary import Kind, Vocabulary
from engine import reading
from engine.cedar_tree import Node, every
from engine.errors import PolicyError
from engine.obligations import obligation

_BASIS = {
    "article6": (Kind.ARTICLE6, "Article {number} ({label})"),
    "annex1": (Kind.ANNEX1, "Annex 1 condition {number} ({label})"),
    "article9": (Kind.ARTICLE9, "Article {number} ({label})"),
    "schedule1": (Kind.SCHEDULE1, "Schedule 1 paragraph {number} ({label})"),
    "law_enforcement": (Kind.LE_BASIS, "{label}"),
    "schedule8": (Kind.SCHEDULE8, "Schedule 8 paragraph {number} ({label})"),
    "gateway": (Kind.GATEWAY, "{label}"),
}


_KNOWN = {"requester": "who asks", "role": "their role", "purpose": "the purpose"}
_SIGNED = {"app_signed": "the application or its agency", "idp_signed": "the agency itself"}


@dataclass(frozen=True, slots=True)
class Names:
    """How agencies and conditions are called in sentences."""

    vocabulary: Vocabulary
    agencies: Mapping[str, str]
    conditions: Mapping[str, str]

    @classmethod
    def of(cls, agreement: Agreement, vocabulary: Vocabulary) -> Self:
        """The names an agreement gives its parties, their members and its conditions."""
        agencies = {party.id: party.name for party in agreement.parties}
        for party in agreement.parties:
            agencies |= {member.agency: member.name for member in party.members}
        return cls(vocabulary, agencies, {each.id: each.text for each in agreement.conditions})

    def agency(self, code: str) -> str:
        """The name of an agency; its id if nobody named it."""
        return self.agencies.get(code, code)

    def term(self, kind: Kind, code: str) -> str:
        """The phrase for a term."""
        return self.vocabulary.term(kind, code).label

    def need(self, code: str) -> str:
        """The phrase for something a clause needs."""
        if code in self.conditions:
            return self.conditions[code]
        return self.term(Kind.NEED, code)


def in_english(policy: Mapping[str, Any], names: Names) -> str:
    """Say what one compiled clause permits, forbids or refers, in whole sentences.

    Args:
        policy: One policy in Cedar's JSON form, as ``engine.compile`` makes it.
        names: What to call agencies, terms and conditions.

    Raises:
        PolicyError: The tree holds something that has no words here.
    """
    said = _Said(dict(_conditions(policy)), names)
    first = _opening(policy, said)
    phrases = [said.about(), said.purpose(), said.role(), said.dates()]
    sentences = [" ".join([first, *filter(None, phrases)]).rstrip(",") + "."]
    sentences += filter(None, (said.basis(), said.needs(), said.consent(), said.asking()))
    sentences += _obligations(policy, names)
    return " ".join(sentences)


def condition_in_english(policy: Mapping[str, Any], name: str, names: Names) -> str:
    """Say what one condition of a clause wants, such as "for a child protection enquiry".

    Args:
        name: A name of a condition as ``docs/decision.md`` lists them.
    """
    said = _Said(dict(_conditions(policy)), names)
    match name:
        case "to":
            return f"to {said.people('to')}"
        case "from":
            return f"from {said.people('from')}"
        case "information":
            return said.information()
        case _:
            return str(getattr(said, name)()).rstrip(",.")


def basis_part_in_english(part: Node, names: Names) -> str:
    """Say what one part of a basis asks, such as "Article 9(2)(g) (substantial public interest)".

    Args:
        part: The regime, or one thing asserted; as `reading.basis_parts` gives them.
    """
    if "==" in part:
        return names.term(Kind.REGIME, reading.literal(part["=="]["right"]))
    return _Said({}, names).rests(part)


def _opening(policy: Mapping[str, Any], said: "_Said") -> str:
    givers, receivers = said.people("from"), said.people("to")
    information = said.information()
    if policy["effect"] == "forbid":
        if not givers:
            return f"Under this agreement nobody may give {receivers or 'anyone'} {information}"
        return f"Under this agreement {givers} must not give {receivers or 'anyone'} {information}"
    if policy["action"]["entity"]["id"] == "refer":
        human = policy["annotations"].get("refer_to", "the owner of the agreement")
        asked = f"Where no other clause permits it, ask the {human.removeprefix('the ')}"
        return f"{asked} whether {givers} may give {receivers} {information}"
    return f"{_upper_first(givers)} may give {receivers} {information}"


def _conditions(policy: Mapping[str, Any]) -> Iterator[tuple[str, Node]]:
    names = policy["annotations"]["conditions"].split()
    bodies = [each["body"] for each in policy["conditions"] if each["kind"] == "when"]
    if len(names) != len(policy["conditions"]) or len(names) != len(bodies):
        raise PolicyError("a policy's conditions do not bear their names")
    return zip(names, bodies, strict=True)


@dataclass(frozen=True, slots=True)
class _Said:
    """The conditions of one policy, each put in words."""

    conditions: Mapping[str, Node]
    names: Names

    def people(self, end: str) -> str:
        if end not in self.conditions:
            return ""
        return self._who(self.conditions[end])

    def _who(self, membership: Node) -> str:
        phrases = []
        for branch in reading.any_of(membership):
            first, *span = reading.all_of(branch)
            who = [self.names.agency(code) for code in reading.members(first)]
            bounds = [bound for each in span for bound in reading.all_of(each)]
            phrases += [f"{_listed(who, 'or')} ({_span(bounds)})"] if bounds else who
        return _listed(phrases, "or")

    def information(self) -> str:
        node = reading.expect(self.conditions["information"], "in")
        codes = [reading.literal(each) for each in node["right"]["Set"]]
        return _listed([self.names.term(Kind.INFORMATION, code) for code in codes], "or")

    def about(self) -> str:
        if "about" not in self.conditions:
            return ""
        node = self.conditions["about"]
        operator = "containsAll" if "containsAll" in node else "containsAny"
        codes = [reading.literal(each) for each in reading.expect(node, operator)["left"]["Set"]]
        people = [_article(self.names.term(Kind.SUBJECT, code)) for code in codes]
        if operator == "containsAny":
            return f"if it is about {_listed(people, 'or')},"
        return f"about {_listed(people, 'or')} and nobody else,"

    def purpose(self) -> str:
        return self._one_of("purpose", Kind.PURPOSE, "for the purpose of {},", str)

    def role(self) -> str:
        return self._one_of("role", Kind.ROLE, "to {}", _article)

    def dates(self) -> str:
        if "dates" not in self.conditions:
            return ""
        return _span(reading.all_of(self.conditions["dates"]))

    def basis(self) -> str:
        if "basis" not in self.conditions:
            return ""
        branches = reading.any_of(self.conditions["basis"])
        return " ".join(self._branch(branch) for branch in branches)

    def needs(self) -> str:
        if "needs" not in self.conditions:
            return ""
        node = self.conditions["needs"]
        lifts = "!" in node
        node = reading.expect(node["!"]["arg"] if lifts else node, "containsAll")
        needs = [self.names.need(reading.literal(each)) for each in node["right"]["Set"]]
        if lifts:
            return f"This is lifted if the request gives or confirms: {'; '.join(needs)}."
        return f"The request must give or confirm: {'; '.join(needs)}."

    def consent(self) -> str:
        if "consent" not in self.conditions:
            return ""
        return "The person's consent must be held at that moment."

    def asking(self) -> str:
        if "asking" not in self.conditions:
            return ""
        first, *rest = self._demands()
        return f"{_upper_first('; '.join([first, *rest]))}."

    def _demands(self) -> list[str]:
        found = []
        # Each level is asked as "it is said, and is one of these", so all are laid side by side.
        stated = reading.all_of(self.conditions["asking"])
        for part in [each for one in stated for each in reading.all_of(one)]:
            if "!" in part or "==" in part:
                found.append(f"only whoever {'receives' if '!' in part else 'gives'} may ask")
            elif "contains" in part:
                member = reading.expect(part, "contains")
                name = member["right"]["."]["attr"].removesuffix("_evidence")
                levels = [reading.literal(each) for each in member["left"]["Set"]]
                found.append(f"{_KNOWN[name]} must be signed by {_SIGNED[levels[0]]}")
        return found

    def _one_of(self, name: str, kind: Kind, phrase: str, form: Callable[[str], str]) -> str:
        if name not in self.conditions:
            return ""
        codes = reading.members(self.conditions[name])
        return phrase.format(_listed([form(self.names.term(kind, code)) for code in codes], "or"))

    def _branch(self, branch: Node) -> str:
        member, (regime, *rest) = reading.basis_parts(branch)
        who = self._who(every(member))
        law = self.names.term(Kind.REGIME, reading.literal(reading.expect(regime, "==")["right"]))
        relied = "; ".join([law, *(self.rests(node) for node in rest)])
        return f"{_upper_first(who)} must rely on {relied}."

    def rests(self, node: Node) -> str:
        if "||" in node:
            unless, condition = node["||"]["left"], node["||"]["right"]
            groups = reading.expect(reading.expect(unless, "!")["arg"], "in")["right"]["Set"]
            kinds = [self.names.term(Kind.INFORMATION, reading.literal(each)) for each in groups]
            return f"for {_listed(kinds, 'or')}, {self.rests(condition)}"
        if "contains" in node:
            return self.names.need(reading.literal(node["contains"]["right"]))
        has, listed = reading.all_of(node)
        name = reading.expect(has, "has")["attr"]
        return _listed([self._law(name, code) for code in reading.members(listed)], "or")

    def _law(self, name: str, code: str) -> str:
        kind, phrase = _BASIS[name]
        label = self.names.term(kind, code).removeprefix("a ")
        return phrase.format(number=_numbered(code), label=label)


def _obligations(policy: Mapping[str, Any], names: Names) -> Iterator[str]:
    duties = json.loads(policy["annotations"].get("obligations", "[]"))
    if duties:
        yield f"Then: {'; '.join(obligation(duty, names.vocabulary) for duty in duties)}."


def _span(bounds: Sequence[Node]) -> str:
    words = []
    for bound in bounds:
        operator, word = (">=", "from") if ">=" in bound else ("<", "until")
        seconds: Any = reading.expect(reading.expect(bound, operator)["right"], "Value")
        words.append(f"{word} {format_instant(datetime.fromtimestamp(seconds, UTC))}")
    return " ".join(words)


def _listed(words: Sequence[str], last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _article(noun: str) -> str:
    if noun.split(maxsplit=1)[0] in ("a", "an", "the", "any") or (noun[-1] == "s" != noun[-2]):
        return noun
    sounds_open = noun[0].lower() in "aeio" or noun.startswith("un")
    return f"{'an' if sounds_open and not noun.startswith('uni') else 'a'} {noun}"


def _upper_first(words: str) -> str:
    return words[:1].upper() + words[1:]


def _numbered(code: str) -> str:
    """Write ``6-1-c`` as a lawyer does: 6(1)(c)."""
    first, *rest = code.split("-")
    return first + "".join(f"({part})" for part in rest)
