"""What the law and good practice ask where sharing rests on consent.

Consent is looked up when a disclosure is asked for; here the agreement is asked
whether consent was the right ground to begin with.
"""

from collections.abc import Iterator

from agreements import ends
from agreements.findings import Finding, Severity
from agreements.model import ConsentTerms
from agreements.part import Part, listed
from agreements.vocabulary import Kind

_SAFEGUARDING = frozenset(
    {
        "child-protection-enquiry",
        "child-in-need-assessment",
        "early-help",
        "mash-triage",
        "child-exploitation-panel",
        "adult-safeguarding-enquiry",
        "marac",
        "dv-disclosure-scheme",
        "child-sex-offender-disclosure",
        "missing-person",
    }
)
"""Purposes of safeguarding."""

_ADVISED_AGAINST = frozenset(
    {"police-force", "council", "nhs-trust", "icb", "gp-practice", "ambulance"}
)


def consents(part: Part) -> list[str]:
    """The codes in a party's basis that rest on consent."""
    return [code for code, rests in _grounds(part) if rests]


def valid_terms(part: Part) -> Iterator[Finding]:
    """R16: consent is of the right kind, is freely given up again, and does not last for ever."""
    relied_on, terms = consents(part), part.basis.consent
    if not relied_on:
        return
    lacking = ["how it is taken and withdrawn"] if terms is None else _lacking(part, terms)
    if lacking:
        yield part.find(
            "R16",
            "consent",
            f"rests on consent (`{relied_on[0]}`) without {', '.join(lacking)}",
            "in `consent` write `kind: dp-basis`, `withdrawal_method` and `valid_for` or "
            "`review_every`, and leave `pre_ticked` out",
        )


def _lacking(part: Part, terms: ConsentTerms) -> list[str]:
    effect = part.says(Kind.CONSENT_KIND, terms.kind, "effect")
    label = terms.kind
    if part.vocabulary.has(Kind.CONSENT_KIND, terms.kind):
        label = part.vocabulary.term(Kind.CONSENT_KIND, terms.kind).label
    wrong_kind = effect in ("none", "confidence")
    lacking = [f"consent to the sharing itself: {label} is none"] if wrong_kind else []
    lacking += [] if terms.withdrawal_method else ["a way to withdraw it"]
    lacking += ["an end or a review"] if not (terms.valid_for or terms.review_every) else []
    return lacking + (["a box that is not ticked beforehand"] if terms.pre_ticked else [])


def one_ground(part: Part) -> Iterator[Finding]:
    """R17: nobody is asked for consent to what would be shared anyway."""
    basis = part.basis
    for field, kind, codes in (
        ("article6", Kind.ARTICLE6, basis.article6),
        ("law_enforcement", Kind.LE_BASIS, basis.law_enforcement),
    ):
        resting = [code for code in codes if _rests(part, kind, code)]
        other = [code for code in codes if not _rests(part, kind, code)]
        if resting and other:
            yield part.find(
                "R17",
                field,
                f"relies on consent (`{resting[0]}`) and on `{other[0]}` for the same sharing: "
                "asking misleads a person whose refusal changes nothing",
                "keep the one that it truly relies on",
                Severity.WARNING,
            )


def fitting_ground(part: Part) -> Iterator[Finding]:
    """R18: police, councils and the NHS seldom rest safeguarding on consent."""
    relied_on = consents(part)
    purposes = [code for code in part.clause.purposes if code in _SAFEGUARDING]
    gives = part.party in ends.holders(part.agreement, part.clause)
    if relied_on and purposes and gives and part.is_one_of(part.party, _ADVISED_AGAINST):
        field = "article6" if part.basis.article6 else "law_enforcement"
        yield part.find(
            "R18",
            field,
            f"rests {listed(purposes)} on consent (`{relied_on[0]}`), which is not usually the "
            "appropriate basis for safeguarding",
            "write the task or the duty that it acts under, such as `6-1-e` with its `function`",
            Severity.WARNING,
        )


def _grounds(part: Part) -> Iterator[tuple[str, bool]]:
    basis = part.basis
    for kind, codes in (
        (Kind.ARTICLE6, basis.article6),
        (Kind.ARTICLE9, basis.article9),
        (Kind.SCHEDULE1, basis.schedule1),
        (Kind.LE_BASIS, basis.law_enforcement),
    ):
        yield from ((code, _rests(part, kind, code)) for code in codes)


def _rests(part: Part, kind: Kind, code: str) -> bool:
    return part.says(kind, code, "rests_on_consent") is True
