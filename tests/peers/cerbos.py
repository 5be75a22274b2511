"""Cerbos: a resource policy for each two agencies, and the law as variables that all import.

Cerbos is asked about one kind of resource, and the policies of a kind must hold what it is to
decide. So the kind is named by the two agencies, as whoever asks can name it from the question
alone; what is asked besides stands in the attributes. It is asked about one category at a time.

Each clause is a rule, and its conditions are one expression: as a list of expressions, as the
manual shows them, it took half as much processor time and memory again.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.peers.plain import OFFENCE, SPECIAL, Plain, PlainClause, beneath

PATH = "/api/check/resources"
DISCLOSE, REFER = "disclose", "refer"


_VERSION = "api.cerbos.dev/v1"
_FIRST_PART = ("1", "2", "3", "4")
_SECOND_PART = tuple(str(number) for number in range(6, 29))


def _listed(values: Sequence[str]) -> str:
    return json.dumps(list(values))


def _law(public_authorities: Iterable[str]) -> dict[str, Any]:
    """What `sharing.rego` has under the law, in the same order."""
    basis = "R.attr.lawful_basis"

    def has(name: str) -> str:
        return f"has({basis}.{name})"

    def is_(name: str, *values: str) -> str:
        return f"({has(name)} && {basis}.{name} in {_listed(values)})"

    special, offence = (f"R.attr.category in C.{name}" for name in ("special", "offence"))
    forbidden = [
        is_("regime", "DPA98", "IS"),
        f"V.uk_gdpr && !{has('article6')}",
        f"V.uk_gdpr && {is_('article6', '6-1-f', '6-1-ea')} && P.attr.agency in C.public",
        f"V.uk_gdpr && {is_('article6', '6-1-ea')} && !{has('annex1')}",
        f"V.uk_gdpr && {is_('annex1', 'A1-1')} && !has(R.attr.public_task_statement)",
        f"V.uk_gdpr && {special} && !{has('article9')}",
        (
            f"V.uk_gdpr && {offence} && !{has('schedule1')}"
            ' && !(has(R.attr.confirms) && "official-authority" in R.attr.confirms)'
        ),
        is_("article6", "6-1-a"),
        is_("article9", "9-2-a"),
        (
            f"V.uk_gdpr && {special} && {is_('article9', '9-2-b', '9-2-h', '9-2-i', '9-2-j')}"
            f" && !{is_('schedule1', *_FIRST_PART)}"
        ),
        (
            f"V.uk_gdpr && {special} && {is_('article9', '9-2-g')}"
            f" && !{is_('schedule1', *_SECOND_PART)}"
        ),
        f"V.uk_gdpr && {is_('schedule1', '18')} && !has(R.attr.no_consent_reason)",
    ]
    return {
        "constants": {
            "special": list(beneath(SPECIAL)),
            "offence": list(beneath(OFFENCE)),
            "public": list(public_authorities),
        },
        "variables": {
            "uk_gdpr": f'!{has("regime")} || {basis}.regime == "UKGDPR"',
            "forbidden": " || ".join(f"({each})" for each in forbidden),
        },
    }


def policies(
    agreements: Iterable[Plain], public_authorities: Iterable[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy file by name."""
    law = _law(public_authorities)
    yield (
        "law_constants",
        {
            "apiVersion": _VERSION,
            "exportConstants": {"name": "law", "definitions": law["constants"]},
        },
    )
    yield (
        "law_variables",
        {
            "apiVersion": _VERSION,
            "exportVariables": {"name": "law", "definitions": law["variables"]},
        },
    )
    for each in agreements:
        yield _kind(*each.parties).replace(":", "_"), _policy(each)


def _kind(*agencies: str) -> str:
    return ":".join(sorted(agencies))


def _policy(agreement: Plain) -> dict[str, Any]:
    return {
        "apiVersion": _VERSION,
        "resourcePolicy": {
            "resource": _kind(*agreement.parties),
            "version": "default",
            "constants": {"import": ["law"]},
            "variables": {"import": ["law"]},
            "rules": [_rule(agreement, clause) for clause in agreement.clauses],
        },
    }


def _rule(agreement: Plain, clause: PlainClause) -> dict[str, Any]:
    expression = _terms(clause)
    if clause.effect != "exclude":
        parties = _listed(agreement.parties)
        expression += (
            f" && R.attr.holder in {parties} && P.attr.agency in {parties}"
            f" && now() >= timestamp({agreement.from_s}) && now() < timestamp({agreement.until_s})"
        )
    if clause.effect == "grant":
        expression += " && !V.forbidden"
    return {
        "actions": {"grant": [DISCLOSE], "refer": [REFER], "exclude": ["*"]}[clause.effect],
        "effect": "EFFECT_DENY" if clause.effect == "exclude" else "EFFECT_ALLOW",
        "roles": list(clause.roles) or ["*"],
        "condition": {"match": {"expr": expression}},
    }


def _terms(clause: PlainClause) -> str:
    terms = [f"R.attr.category in {_listed(clause.information)}"]
    if clause.purposes:
        terms.insert(0, f"R.attr.purpose in {_listed(clause.purposes)}")
    if clause.about:
        terms.append(f"R.attr.about.all(kind, kind in {_listed(clause.about)})")
    terms += [f"has(R.attr.{need})" for need in clause.needs]
    return " && ".join(terms)


def body(question: Mapping[str, Any], actions: Sequence[str] = (DISCLOSE,)) -> bytes:
    """A question as it is put to Cerbos."""
    subject, resource = question["subject"], question["resource"]
    stated = subject["properties"]
    properties = dict(resource["properties"])
    (category,) = properties.pop("categories")
    return json.dumps(
        {
            "requestId": resource["id"],
            "principal": {
                "id": subject["id"],
                "roles": [stated["role"]],
                "attr": {"agency": stated["agency"]},
            },
            "resources": [
                {
                    "actions": list(actions),
                    "resource": {
                        "kind": _kind(properties["holder"], stated["agency"]),
                        "id": resource["id"],
                        "attr": {"category": category, **properties, **question["context"]},
                    },
                }
            ],
        }
    ).encode()


def outcome(answer: bytes) -> str:
    """What it said, once it was asked for both actions."""
    ((effects),) = (each["actions"] for each in json.loads(answer)["results"])
    allowed = {action for action, effect in effects.items() if effect == "EFFECT_ALLOW"}
    return "permit" if DISCLOSE in allowed else "refer" if REFER in allowed else "deny"


def command(binary: Path, folder: Path) -> list[str]:
    """How its server is started; it tells its makers nothing."""
    return [
        str(binary), "server", "--config", str(folder / "config.json"), "--log-level", "error",
        "--set", "server.httpListenAddr=127.0.0.1:{port}",
    ]  # fmt: skip


def prepare(folder: Path, agreements: Iterable[Plain], public_authorities: Iterable[str]) -> None:
    """Write what the server reads."""
    files = folder / "policies"
    files.mkdir(parents=True)
    for name, policy in policies(agreements, public_authorities):
        (files / f"{name}.json").write_text(json.dumps(policy), "utf-8")
    settings = {
        "server": {
            "grpcListenAddr": f"unix:{folder / 'grpc.sock'}",
            "requestLimits": {"maxActionsPerResource": 10, "maxResourcesPerRequest": 10},
        },
        "storage": {"driver": "disk", "disk": {"directory": str(files), "watchForChanges": False}},
        "compile": {"cacheSize": 65_536},  # All of them, and all the time.
        "telemetry": {"disabled": True},
        "audit": {"enabled": False},
    }
    (folder / "config.json").write_text(json.dumps(settings), "utf-8")
