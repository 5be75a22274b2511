"""A UK Data Marketplace share request, read as a draft between who holds and who asks.

A request is one wish: one clause, from the publisher of the data to whoever asks for them.
It says nothing of who may ask within the body, and its answers about data and people are
prose.

Source:
    co-cddo/data-marketplace (MIT), `shareRequestTemplate.json`; the same questions in
    co-cddo/data-marketplace-beta-datashare at e1532147 (MIT).
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from agreements import faults
from agreements.faults import quoted
from agreements.imports.drafting import NOT_SAID, Drafted, Path, Remark, drafted, slug, term, terms
from agreements.imports.json_text import read_json
from agreements.nodes import Node
from agreements.spelling import Json
from agreements.vocabulary import Kind, Vocabulary

_CLAUSE: Final[Path] = ("clauses", 0)
_ASKS: Final = ("clauses", 0, "basis")
_TOLD: Final = {
    "data-type": _CLAUSE,
    "impact": _CLAUSE,
    "date": (),
    "other-orgs": _CLAUSE,
    "legal-power-advice": _ASKS,
    "legal-gateway-advice": _ASKS,
    "legal-review": _ASKS,
    "protection-review": _ASKS,
    "security-review": _ASKS,
    "delivery": _CLAUSE,
    "format": _CLAUSE,
}
"""Answers that no field of an agreement can take, and the field beside which each is told."""

_MAX_LINE: Final = 1024


@cache
def _pairs() -> Mapping[str, Mapping[str, str]]:
    text = files("agreements.imports").joinpath("marketplace.toml").read_text("utf-8")
    return tomllib.loads(text)


def draft(text: str | bytes, vocabulary: Vocabulary, *, wanted: str | None = None) -> Drafted:
    """Read a share request as a draft.

    Args:
        text: The request as JSON: what the service keeps, or the acquirer's own form.
        wanted: The id of the draft; else it is made of the title of the data.

    Raises:
        DocumentError: It is no such request; the first fault, with its line and column.
    """
    request = _Request.read(read_json(text))
    remarks: list[Remark] = []
    title = request.said("assetTitle") or "Data share request"
    basis = request.basis(vocabulary, remarks)
    fields: dict[str, Json] = {
        "concordat": "1",
        "id": wanted or slug(title),
        "version": "0.1",
        "title": title,
        "kind": "dda",
        "jurisdiction": [NOT_SAID],
        "parties": request.parties(remarks),
        "clauses": [request.clause(vocabulary, basis, remarks)],
    }
    particulars = request.particulars()
    fields |= {"particulars": particulars} if particulars else {}
    remarks += [
        Remark(("version",), "a request has no version; this is the draft's own"),
        Remark(("kind",), "a request asks for data one way"),
        Remark(("jurisdiction",), "a request does not say where it holds, such as england"),
        Remark((), "a request does not say when it begins, when it is reviewed or when it ends"),
    ]
    remarks += request.told()
    return drafted(fields, remarks, "a UK Data Marketplace request")


@dataclass(frozen=True, slots=True)
class _Request:
    """A request: what is kept of it, and the answers of its steps."""

    kept: Mapping[str, Json]
    form: Mapping[str, Json]
    steps: Mapping[str, Json]

    @classmethod
    def read(cls, root: Node) -> "_Request":
        whole = root.plain
        if not isinstance(whole, dict):
            raise faults.at("a request is one object", root.place, "give one request")
        inner = whole.get("sharedata", whole)
        form = inner if isinstance(inner, dict) else {}
        steps = form.get("steps")
        if not isinstance(steps, dict):
            raise faults.at("the request has no `steps`", root.place, "give the whole request")
        unknown = [name for name, step in steps.items() if not isinstance(step, dict)]
        if unknown:
            at = root.at(
                ("sharedata", "steps", unknown[0]) if inner is not whole else ("steps", unknown[0])
            )
            raise faults.at(
                f"the step {quoted(unknown[0])} is no object",
                at.place if at else root.place,
                "correct it",
            )
        answers = {
            name: step["value"]
            for name, step in steps.items()
            if isinstance(step, dict) and "value" in step
        }
        return cls(whole, form, answers)

    def said(self, name: str) -> str:
        """A text that is kept of the request, in one line; empty if it is not there."""
        value = self.kept.get(name, self.form.get(name, ""))
        return " ".join(value.split())[:_MAX_LINE] if isinstance(value, str) else ""

    def answer(self, step: str) -> str:
        """An answer in prose, or in several lines."""
        value = self.steps.get(step, "")
        if isinstance(value, list):
            return ", ".join(str(each) for each in value if each not in ("", {}))
        return str(value).strip() if isinstance(value, str) else ""

    def chosen(self, step: str) -> dict[str, str]:
        """The options that were ticked, each with its explanation."""
        value = self.steps.get(step)
        if isinstance(value, str) and value:
            return {value: ""}
        if not isinstance(value, dict):
            return {}
        ticked = {
            name: each
            for name, each in value.items()
            if isinstance(each, dict) and each.get("checked") is True
        }
        return {name: str(each.get("explanation", "")).strip() for name, each in ticked.items()}

    def parties(self, remarks: list[Remark]) -> list[Json]:
        """Who holds the data, and who asks for them."""
        holder, asker = self._names()
        role = _pairs()["role"].get(self.answer("role"))
        if not role:
            remarks.append(
                Remark(
                    ("parties", 1, "capacity"),
                    f"the request says `{self.answer('role') or 'nothing'}`",
                )
            )
        remarks += [
            Remark(("parties", number), "the request does not say what kind of body it is")
            for number in (0, 1)
        ]
        made: list[Json] = []
        for name, title, direction, capacity in (
            (holder, self.said("assetPublisher"), "provide", NOT_SAID),
            (asker, self.said("requestingOrg"), "receive", role or NOT_SAID),
        ):
            party: dict[str, Json] = {"id": name, "name": title or NOT_SAID, "kind": NOT_SAID}
            made.append(party | {"direction": direction, "capacity": capacity})
        return made

    def _names(self) -> tuple[str, str]:
        holder = slug(self.said("assetPublisher") or f"{NOT_SAID}-holder")
        asker = slug(self.said("requestingOrg") or f"{NOT_SAID}-asker")
        return holder, asker if asker != holder else f"{asker[:50]}-asker"

    def clause(self, vocabulary: Vocabulary, basis: dict[str, Json], remarks: list[Remark]) -> Json:
        """The one clause that the request comes to."""
        holder, asker = self._names()
        wanted = self.answer("data-required")
        found, more = terms(
            vocabulary, Kind.SUBJECT, _parts(self.answer("data-subjects")), (*_CLAUSE, "about")
        )
        remarks += more
        remarks += [
            Remark(
                (*_CLAUSE, "information"), f"the request asks for: {wanted or 'nothing by name'}"
            ),
            Remark(
                (*_CLAUSE, "purposes"), "the request gives its aims in prose, in `particulars.aims`"
            ),
            Remark(
                _CLAUSE, "the request does not say who may ask, nor what is to be done afterwards"
            ),
        ]
        clause: dict[str, Json] = {
            "id": "1",
            "title": self.said("assetTitle") or NOT_SAID,
            "from": [holder],
            "to": [asker],
            "information": [NOT_SAID],
            "purposes": [NOT_SAID],
        }
        clause |= {"wording": wanted} if wanted else {}
        clause |= {"about": found or [NOT_SAID]}
        return clause | ({"basis": {asker: basis}} if basis else {})

    def basis(self, vocabulary: Vocabulary, remarks: list[Remark]) -> dict[str, Json]:
        """What whoever asks relies on."""
        ticked = self.chosen("lawful-basis-personal")
        part3 = "law-enforcement" in ticked
        basis: dict[str, Json] = {"regime": NOT_SAID if part3 or not ticked else "UKGDPR"}
        for field, step in (
            ("article6", "lawful-basis-personal"),
            ("article9", "lawful-basis-special"),
            ("schedule1", "lawful-basis-special-public-interest"),
        ):
            codes: list[Json] = [
                _pairs()[field][each] for each in self.chosen(step) if each in _pairs()[field]
            ]
            basis |= {field: codes} if codes else {}
        if part3:
            words = "the request relies on law enforcement: a clause for Part 3, by consent or task"
            remarks.append(Remark(_ASKS, words))
        gateways = []
        for words in self.chosen("legal-gateway").values():
            code = term(vocabulary, Kind.GATEWAY, words) if words else None
            gateways += [code] if code else []
            remarks += (
                [Remark(_ASKS, f"the gateway, in the request's words: {words}")] if words else []
            )
        power = [words for words in self.chosen("legal-power").values() if words]
        basis |= {"gateways": list(gateways)} if gateways else {}
        basis |= {"law": " ".join(power[0].split())[:_MAX_LINE]} if power else {}
        return basis

    def particulars(self) -> dict[str, Json]:
        """What the request says beside its clause."""
        aims = self.steps.get("project-aims")
        prose = (
            [aims.get(key) for key in ("aims", "explanation")] if isinstance(aims, dict) else [aims]
        )
        said: list[Json] = [each for each in prose if isinstance(each, str) and each.strip()]
        benefits = [
            f"{name}: {why}" if why else name for name, why in self.chosen("benefits").items()
        ]
        countries: list[Json] = list(_parts(self.answer("data-travel-location")))
        abroad = self.answer("data-travel") == "yes" or "yes" in self.chosen("data-travel")
        found: dict[str, Json] = {}
        found |= {"benefits": "; ".join(benefits)} if benefits else {}
        found |= {"aims": said} if said else {}
        found |= (
            {"retention": [{"rule": self.answer("disposal")}]} if self.answer("disposal") else {}
        )
        found |= {"international": {"countries": countries}} if abroad and countries else {}
        return found

    def told(self) -> Iterator[Remark]:
        """Every other answer, in the request's own words."""
        for step, path in _TOLD.items():
            value = self.steps.get(step)
            ticked = self.chosen(step)
            words = ", ".join(f"{name} ({why})" if why else name for name, why in ticked.items())
            if step == "date" and isinstance(value, dict):
                words = "-".join(str(value.get(part, "?")) for part in ("year", "month", "day"))
            elif not words:
                words = self.answer(step)
            if words:
                yield Remark(path, f"the request's answer to `{step}`: {words}")


def _parts(words: str) -> list[str]:
    """The words of an answer that lists several."""
    return [
        each.strip()
        for each in words.replace("\n", ",").replace(";", ",").split(",")
        if each.strip()
    ]
