"""What data protection law asks of each party's own part in each clause.

One function for each rule; each looks at one party in one clause and says at
most a few things. Lists in a basis name alternatives, so each alternative must
stand by itself. Exclusions and referrals disclose nothing and need no basis.
"""

from collections.abc import Callable, Iterator

from agreements import consenting, ends
from agreements.citations import CITATIONS
from agreements.findings import Finding, Severity
from agreements.gateways import within_powers
from agreements.model import Agreement, Clause, Party
from agreements.part import Part, listed
from agreements.vocabulary import Kind, Vocabulary


def check(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Every finding of the law on the grants of an agreement."""
    for number, clause in enumerate(agreement.clauses):
        if clause.exclude or clause.refer:
            continue
        for party in ends.participants(agreement, clause):
            if party.id not in clause.basis:
                yield _states_no_basis(number, clause, party)
        for party_id, basis in clause.basis.items():
            relying = agreement.party(party_id)
            if relying is not None:
                part = Part(agreement, vocabulary, number, clause, relying, basis)
                for rule in (*_RULES.get(basis.regime, ()), *_IN_EVERY_REGIME):
                    yield from rule(part)


def _states_no_basis(number: int, clause: Clause, party: Party) -> Finding:
    message = f"in clause `{clause.id}`, `{party.id}` states no lawful basis"
    mend = f"add `{party.id}` to `basis`, with its own `regime` and `article6`"
    path = ("clauses", number, "basis")
    return Finding("R01", Severity.ERROR, path, message, CITATIONS["R01"], mend)


def _r01(part: Part) -> Iterator[Finding]:
    if not part.basis.article6:
        yield part.find(
            "R01",
            "article6",
            "names no condition of Article 6",
            "list in `article6` what it relies on, such as `6-1-e`",
        )


def _r02(part: Part) -> Iterator[Finding]:
    basis = part.basis
    if not basis.law_enforcement:
        yield part.find(
            "R02",
            "law_enforcement",
            "names neither consent nor a task for law enforcement",
            "list `LE-task` or `LE-consent` in `law_enforcement`",
        )
    if not (basis.law or basis.function or basis.duty or part.relies_on("duty", "power")):
        yield part.find(
            "R02",
            "law",
            "names no law that its processing is based on",
            "cite the law in `law`, or list a gateway in `gateways`",
        )


def _r03(part: Part) -> Iterator[Finding]:
    special = part.within("special-category")
    if special and not part.basis.article9:
        message = f"names no condition of Article 9 for {listed(special)}"
        yield part.find(
            "R03",
            "article9",
            message,
            "list the condition in `article9`, or take the special categories out",
        )


def _r04(part: Part) -> Iterator[Finding]:
    conditions = part.basis.article9
    needing = [c for c in conditions if part.says(Kind.ARTICLE9, c, "schedule1_part") == "1"]
    if needing and not part.in_part("1"):
        usual = part.says(Kind.ARTICLE9, needing[0], "schedule1")
        paragraph = usual[0] if isinstance(usual, tuple) else "1"
        yield part.find(
            "R04",
            "schedule1",
            f"relies on `{needing[0]}` without a paragraph of Part 1",
            f'list the paragraph of Schedule 1 Part 1 in `schedule1`: "{paragraph}"',
        )


def _r05(part: Part) -> Iterator[Finding]:
    if "5" in part.basis.schedule1:
        message = "cites paragraph 5, which is the policy-document rule, not a condition"
        mend = 'take "5" out of `schedule1`, and name the document in `policy_document`'
        yield part.find("R05", "schedule1", message, mend)
    conditions = part.basis.article9
    needing = [c for c in conditions if part.says(Kind.ARTICLE9, c, "schedule1_part") == "2"]
    if needing and not part.in_part("2"):
        yield part.find(
            "R05",
            "schedule1",
            f"relies on `{needing[0]}` without a paragraph of Part 2",
            'list the paragraph of Schedule 1 Part 2 in `schedule1`, such as "18"',
        )


def _r06(part: Part) -> Iterator[Finding]:
    if part.basis.policy_document is not None:
        return
    for paragraph in part.basis.schedule1:
        asks = part.says(Kind.SCHEDULE1, paragraph, "apd")
        if asks == "yes" or (
            asks == "unless-disclosed-to-competent-authority" and not _only_discloses_to_them(part)
        ):
            message = f"relies on paragraph {paragraph} without an appropriate policy document"
            mend = "name it in `policy_document`, with `reference` and `dated`"
            yield part.find("R06", "policy_document", message, mend)
            return


def _only_discloses_to_them(part: Part) -> bool:
    """Whether all the party does here is disclose to competent authorities (Sch 1 para 10(2))."""
    recipients = ends.recipients(part.agreement, part.clause)
    return part.party not in recipients and all(map(part.is_competent, recipients))


def _r07(part: Part) -> Iterator[Finding]:
    offences = part.within("offence")
    if offences and not part.basis.official_authority and not part.in_part("1", "2", "3"):
        message = f"names neither official authority nor a paragraph for {listed(offences)}"
        yield part.find(
            "R07",
            "schedule1",
            message,
            "cite the authority in `official_authority`, or list a paragraph in `schedule1`",
        )


def _r08(part: Part) -> Iterator[Finding]:
    sensitive, basis = part.within("le-sensitive"), part.basis
    if not sensitive:
        return
    by_consent = set(basis.law_enforcement) == {"LE-consent"}
    if not by_consent and not (basis.strictly_necessary and basis.schedule8):
        message = f"may not process {listed(sensitive)}: neither consent nor strict necessity"
        yield part.find(
            "R08",
            "schedule8",
            message,
            "write `strictly_necessary: true` and list a paragraph in `schedule8`",
        )
    if basis.policy_document is None:
        message = f"processes {listed(sensitive)} without an appropriate policy document"
        mend = "name it in `policy_document`, with `reference` and `dated`"
        yield part.find("R08", "policy_document", message, mend)


def _r09(part: Part) -> Iterator[Finding]:
    conditions = part.basis.article6
    barred = [c for c in conditions if part.says(Kind.ARTICLE6, c, "public_authority") == "barred"]
    if barred and part.is_public_authority:
        yield part.find(
            "R09",
            "article6",
            f"is a public authority and cannot rely on `{barred[0]}`",
            "write `6-1-e` in `article6`, with its own `function`",
        )


def _r10(part: Part) -> Iterator[Finding]:
    if "6-1-c" in part.basis.article6 and not (part.basis.duty or part.relies_on("duty")):
        yield part.find(
            "R10",
            "duty",
            "relies on a legal obligation without naming the duty",
            "cite the duty in `duty`, or list a gateway that is a duty in `gateways`",
        )


def _r11(part: Part) -> Iterator[Finding]:
    cited = part.basis.function or part.relies_on("duty", "power")
    if "6-1-e" in part.basis.article6 and not cited:
        yield part.find(
            "R11",
            "function",
            "relies on a public task without naming its own function",
            "cite the function or power in `function`, or list a gateway in `gateways`",
        )


def _r12(part: Part) -> Iterator[Finding]:
    if "6-1-ea" in part.basis.article6 and not part.basis.annex1:
        message = "relies on a recognised legitimate interest without a condition of Annex 1"
        mend = "list the condition in `annex1`, such as `A1-6`"
        yield part.find("R12", "annex1", message, mend)


def _r14(part: Part) -> Iterator[Finding]:
    if not part.is_competent(part.party):
        yield part.find(
            "R14",
            "regime",
            "claims law enforcement but is no competent authority",
            "cite its function in `competent_authority` of the party, or write `UKGDPR`",
        )
    keys = ("law_enforcement", "law_enforcement_arguable")
    known = [code for code in part.clause.purposes if part.vocabulary.has(Kind.PURPOSE, code)]
    other = [p for p in known if not any(part.says(Kind.PURPOSE, p, key) is True for key in keys)]
    if other or not part.clause.purposes:
        shown = f"{listed(other)} is none" if other else "the clause names no purpose"
        yield part.find(
            "R14",
            "regime",
            f"claims law enforcement for its purposes, but {shown}",
            "keep purposes of law enforcement in a clause of their own, or write `UKGDPR`",
        )


Rule = Callable[[Part], Iterator[Finding]]

_RULES: dict[str, tuple[Rule, ...]] = {
    "UKGDPR": (_r01, _r03, _r04, _r05, _r06, _r07, _r09, _r10, _r11, _r12),
    "LE": (_r02, _r08, _r14),
}

_IN_EVERY_REGIME: tuple[Rule, ...] = (
    consenting.valid_terms,
    consenting.one_ground,
    consenting.fitting_ground,
    within_powers,
)
