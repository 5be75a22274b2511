"""The vocabulary holds every term the field uses, each with its law, and no malformed one."""

import json
from collections.abc import Callable
from datetime import date
from importlib.resources import files

import pytest

from agreements.errors import VocabularyError
from agreements.term import parse_list
from agreements.vocabulary import Kind, Term, Vocabulary, assemble, current

VOCABULARY = current()
TERMS = [pytest.param(term, id=f"{term.kind}-{term.code}") for term in VOCABULARY.terms]

EXPECTED: dict[Kind, str] = {
    Kind.REGIME: "UKGDPR LE IS DPA98",
    Kind.ARTICLE6: "6-1-a 6-1-b 6-1-c 6-1-d 6-1-e 6-1-ea 6-1-f",
    Kind.ANNEX1: "A1-1 A1-2 A1-3 A1-5 A1-6",
    Kind.ARTICLE9: "9-2-a 9-2-b 9-2-c 9-2-d 9-2-e 9-2-f 9-2-g 9-2-h 9-2-i 9-2-j",
    Kind.SCHEDULE1: ("1 2 3 4 6 7 8 10 11 12 13 14 15 16 17 18 19 23 24 29 30 31 32 33 34 35 36"),
    Kind.LE_BASIS: "LE-consent LE-task",
    Kind.SCHEDULE8: "1 2 3 4 5 6 7 8 9",
    Kind.PUBLIC_FUNCTION: "8-a 8-b 8-c 8-d 8-e",
    Kind.NO_CONSENT_REASON: "NC-a NC-b NC-c",
    Kind.CONFIDENCE: "consent statute public-interest",
    Kind.GATEWAY: (
        "CDA98-115 CDA98-17A CDA98-37 CDA98-38 CDA98-39 CA89-17 CA89-47 CA04-10 CA04-11 CA04-16E "
        "CA04-16H CA04-16LA CA04-16LC CA14-42 CA14-6 CA14-7 CA14-45 CJA03-325 CJA03-327A "
        "MOSA05-10 PCSC22-16 PCSC22-17 CTSA15-36 CTSA15-38 CTSA15-26 DAA21 COMMON-POLICE "
        "HSCA12-251B NHSA06-251 DEA17-35 DEA17-48 DEA17-56 OMA07-14 HA96-213B LGA72-111 LA11-1 "
        "CYPSA14 ASPSA07-5 ASPSA07-10 IPA16"
    ),
    Kind.PURPOSE: (
        "child-protection-enquiry child-in-need-assessment early-help mash-triage "
        "child-exploitation-panel adult-safeguarding-enquiry marac dv-disclosure-scheme "
        "child-sex-offender-disclosure mappa iom youth-justice channel "
        "serious-violence-needs-assessment asb-case-review crime-investigation prosecution "
        "victim-support missing-person mental-health-crisis direct-care supporting-families "
        "housing-management education-welfare fraud-against-public statutory-review "
        "research-statistics service-planning civil-proceedings-child fostering-approval "
        "tenancy-enforcement planning-enforcement local-housing-need"
    ),
    Kind.INFORMATION: (
        "any personal special-category le-sensitive is-sensitive health offence "
        "identity contact family-associates lifestyle housing education employment financial "
        "benefits ethnicity religion political union health-physical health-mental disability "
        "pregnancy substance-use sexual-life-orientation biometric-id genetic conviction caution "
        "charge allegation orders-licence intelligence victim-status risk-assessment "
        "safeguarding-record service-involvement location-incident anonymised pseudonymised "
        "depersonalised tenancy enforcement-activity gender rent referral-source postcode-uprn "
        "professional-details"
    ),
    Kind.SUBJECT: (
        "child unborn care-leaver looked-after-child adult-at-risk victim witness suspect "
        "perpetrator-alleged offender mappa-subject iom-nominal "
        "person-vulnerable-to-radicalisation parent carer guardian household-member associate "
        "patient service-user tenant pupil referrer professional deceased"
    ),
    Kind.ROLE: (
        "social-worker mash-manager mash-decision-officer mash-health-navigator named-nurse "
        "designated-nurse named-doctor designated-doctor gp health-visitor school-nurse midwife "
        "camhs-clinician amhp designated-safeguarding-lead lado police-vulnerability-officer "
        "police-offender-manager spoc idva isva marac-chair marac-coordinator "
        "marac-representative mappa-coordinator mappa-chair visor-manager probation-practitioner "
        "victim-liaison-officer yot-case-manager channel-panel-chair prevent-lead "
        "intervention-provider housing-officer asb-officer substance-misuse-worker "
        "fire-community-safety-officer ambulance-safeguarding-lead education-welfare-officer "
        "analyst data-protection-officer caldicott-guardian siro iao ig-lead "
        "senior-responsible-officer designated-person authorised-representative "
        "nominated-contact deputy-nominated-contact registered-user"
    ),
    Kind.BODY: (
        "police-force local-policing-body council council-children council-adults "
        "council-housing council-education council-public-health council-community-safety icb "
        "nhs-trust gp-practice ambulance probation prison youth-offending-team fire dwp school "
        "academy social-housing-provider charity idva-service cps home-office "
        "safeguarding-partnership"
    ),
    Kind.CAPACITY: "controller joint-controller processor recipient",
    Kind.CONSENT_KIND: "dp-basis confidentiality service treatment",
    Kind.NEED: (
        "necessity no_consent_reason public_task_statement quality_statement proportionality "
        "case_reference official-authority strictly-necessary"
    ),
    Kind.OBLIGATION: (
        "record-on-case-file delete review notify-originator notify-breach no-onward-sharing "
        "consult-originator-before-onward inform-subject anonymise-outputs use-secure-method "
        "tell-recipients-of-corrections return-or-destroy minute-decision need-to-know-only"
    ),
    Kind.EVENT: "case-closure disclosure receipt",
    Kind.MARKING: (
        "OFFICIAL OFFICIAL-SENSITIVE SECRET TOP-SECRET NOT-PROTECTIVELY-MARKED PROTECT "
        "RESTRICTED CONFIDENTIAL"
    ),
    Kind.TRANSFER_METHOD: (
        "secure-email shared-case-system police-secure-network portal online-meeting "
        "tracked-post courier fax in-person api email ordinary-post"
    ),
    Kind.AGREEMENT_KIND: "isp dda jca dpa framework mou one_off",
}


def shipped() -> dict[str, str]:
    """The files of terms that come with the package, by name."""
    folder = files("agreements").joinpath("terms")
    return {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir()}


def rebuilt(**changed: Callable[[str], str]) -> Vocabulary:
    """The shipped vocabulary with some files changed, each named by its stem."""
    texts = shipped()
    for stem, change in changed.items():
        name = f"{stem}.toml"
        texts[name] = change(texts[name])
    return assemble(texts.pop("vocabulary.toml"), texts)


ROW = """
[[term]]
code = "marac"
label = "conference"
means = "A meeting."
citation = "practice"
sure = "K"
source = ""
last_checked = 2026-06-30
jurisdiction = ["uk"]
"""
HEAD = 'kind = "purpose"\nnoun = "a purpose"\n'


# ---------------------------------------------------------------- what is there


@pytest.mark.parametrize("kind", Kind)
def test_every_term_of_the_field_is_there(kind: Kind) -> None:
    missing = set(EXPECTED[kind].split()) - set(VOCABULARY.codes(kind))

    assert not missing


@pytest.mark.parametrize("term", TERMS)
def test_every_term_says_what_it_means_and_where_it_comes_from(term: Term) -> None:
    assert term.label
    assert term.means.endswith(".")
    assert term.citation
    assert term.sure in {"V", "K", "K?"}
    assert term.last_checked >= date(2026, 6, 30)


def test_labels_tell_terms_of_a_kind_apart() -> None:
    for kind in Kind:
        labels = [VOCABULARY.term(kind, code).label for code in VOCABULARY.codes(kind)]

        assert len(set(labels)) == len(labels), kind


def test_codes_keep_the_order_of_their_file() -> None:
    assert VOCABULARY.codes(Kind.NO_CONSENT_REASON) == ("NC-a", "NC-b", "NC-c")


def test_every_term_has_a_name_of_its_own_on_the_web() -> None:
    names = {VOCABULARY.iri(term) for term in VOCABULARY.terms}

    assert len(names) == len(VOCABULARY.terms)
    assert "https://concordat.example/ns/uk-isa#schedule1-18" in names


def test_a_nickname_belongs_to_one_term_of_its_kind() -> None:
    for kind in Kind:
        spelt = [
            name for code in VOCABULARY.codes(kind) for name in _also(VOCABULARY.term(kind, code))
        ]

        assert len(set(spelt)) == len(spelt), kind
        assert not set(spelt) & set(VOCABULARY.codes(kind)), kind


def _also(term: Term) -> tuple[str, ...]:
    also = term.extra.get("also", ())
    assert isinstance(also, tuple)
    return also


# ---------------------------------------------------------------- the hierarchy of information


def test_no_term_lies_within_itself() -> None:
    for term in VOCABULARY.terms:
        assert term.code not in VOCABULARY.ancestors(term.kind, term.code)


def test_every_category_lies_within_any() -> None:
    assert VOCABULARY.descendants(Kind.INFORMATION, "any") == set(
        VOCABULARY.leaves(Kind.INFORMATION)
    )


def test_a_group_holds_something_and_cannot_be_asked_for() -> None:
    groups = [t for t in VOCABULARY.terms if t.is_group]

    assert groups
    for group in groups:
        assert VOCABULARY.descendants(group.kind, group.code)
        assert group.code not in VOCABULARY.leaves(group.kind)


def test_a_single_category_is_its_own_and_only_descendant() -> None:
    assert VOCABULARY.descendants(Kind.INFORMATION, "health-mental") == {"health-mental"}


@pytest.mark.parametrize(
    ("category", "groups"),
    [
        pytest.param(
            "health-mental", {"special-category", "le-sensitive", "is-sensitive"}, id="health"
        ),
        pytest.param(
            "ethnicity", {"special-category", "le-sensitive", "is-sensitive"}, id="ethnicity"
        ),
        pytest.param("allegation", {"is-sensitive", "offence"}, id="an allegation"),
        pytest.param("intelligence", {"is-sensitive", "offence"}, id="intelligence"),
        pytest.param("tenancy", set(), id="a tenancy"),
    ],
)
def test_one_category_has_a_class_in_each_regime(category: str, groups: set[str]) -> None:
    classes = {"special-category", "le-sensitive", "is-sensitive", "offence"}

    assert VOCABULARY.ancestors(Kind.INFORMATION, category) & classes == groups


def test_a_looked_after_child_is_a_child() -> None:
    assert VOCABULARY.descendants(Kind.SUBJECT, "child") == {"child", "looked-after-child"}


# ---------------------------------------------------------------- the law over time


@pytest.mark.parametrize(
    ("kind", "code", "on", "holds"),
    [
        (Kind.ARTICLE6, "6-1-ea", date(2026, 2, 4), False),
        (Kind.ARTICLE6, "6-1-ea", date(2026, 2, 5), True),
        (Kind.REGIME, "DPA98", date(2018, 5, 24), True),
        (Kind.REGIME, "DPA98", date(2018, 5, 25), False),
        (Kind.REGIME, "UKGDPR", date(2018, 5, 24), False),
        (Kind.REGIME, "UKGDPR", date(2018, 5, 25), True),
        (Kind.GATEWAY, "CA04-16LA", date(2026, 4, 28), False),
        (Kind.PURPOSE, "marac", date(1990, 1, 1), True),
    ],
)
def test_a_term_holds_from_its_first_day_until_before_its_last(
    kind: Kind, code: str, on: date, holds: bool
) -> None:
    assert VOCABULARY.term(kind, code).in_force(on) is holds


def test_a_public_authority_is_barred_from_legitimate_interests_alone() -> None:
    barred = {
        code
        for code in VOCABULARY.codes(Kind.ARTICLE6)
        if VOCABULARY.term(Kind.ARTICLE6, code).extra["public_authority"] == "barred"
    }

    assert barred == {"6-1-ea", "6-1-f"}


def test_what_rests_on_consent_is_marked() -> None:
    resting = {(t.kind, t.code) for t in VOCABULARY.terms if t.extra.get("rests_on_consent")}

    assert resting == {
        (Kind.ARTICLE6, "6-1-a"),
        (Kind.ARTICLE9, "9-2-a"),
        (Kind.SCHEDULE1, "29"),
        (Kind.LE_BASIS, "LE-consent"),
        (Kind.CONFIDENCE, "consent"),
    }


# ---------------------------------------------------------------- an unknown word


@pytest.mark.parametrize(
    ("kind", "word", "meant"),
    [
        pytest.param(Kind.PURPOSE, "s74", "child-protection-enquiry", id="digits swapped"),
        pytest.param(Kind.PURPOSE, "child-protection", "child-protection-enquiry", id="cut short"),
        pytest.param(Kind.PURPOSE, "Clare's law", "dv-disclosure-scheme", id="nickname"),
        pytest.param(Kind.PURPOSE, "CA89-47", "CA89-47", id="a gateway"),
        pytest.param(Kind.ROLE, "social_worker", "social-worker", id="underscore"),
        pytest.param(Kind.INFORMATION, "mental-health", "health-mental", id="turned round"),
        pytest.param(Kind.ARTICLE6, "6-1-E", "6-1-e", id="capital"),
    ],
)
def test_an_unknown_word_gets_the_nearest_term(kind: Kind, word: str, meant: str) -> None:
    near = VOCABULARY.suggest(kind, word)

    assert near[0] == meant
    assert len(near) <= 3
    assert not VOCABULARY.has(kind, word)


def test_an_unknown_word_is_told_with_a_hint() -> None:
    with pytest.raises(VocabularyError, match=r"`s74` is not a purpose") as told:
        VOCABULARY.term(Kind.PURPOSE, "s74")

    assert told.value.hint.startswith("did you mean `child-protection-enquiry`")


def test_a_word_of_another_kind_is_told_as_such() -> None:
    with pytest.raises(VocabularyError, match="is not a purpose") as told:
        VOCABULARY.term(Kind.PURPOSE, "CA89-47")

    assert told.value.hint == "did you mean `CA89-47`, which is a gateway?"


def test_a_hostile_word_cannot_forge_the_message() -> None:
    with pytest.raises(VocabularyError) as told:
        VOCABULARY.term(Kind.PURPOSE, "x`\n\x1b[31m\u202e" + "y" * 10_000)

    assert str(told.value).isprintable()
    assert len(str(told.value)) < 120


# ---------------------------------------------------------------- the whole


def test_the_vocabulary_is_the_same_bytes_every_time() -> None:
    assert rebuilt().source == VOCABULARY.source


def test_any_change_of_a_term_changes_the_bytes() -> None:
    changed = rebuilt(purposes=lambda text: text.replace("MASH triage", "hub triage"))

    assert changed.source != VOCABULARY.source
    assert json.loads(changed.source)["version"] == VOCABULARY.version


def test_the_vocabulary_is_read_once() -> None:
    assert current() is VOCABULARY


# ---------------------------------------------------------------- a malformed list


def test_the_smallest_list_is_read() -> None:
    (term,) = parse_list("purposes.toml", HEAD + ROW).terms

    assert (term.kind, term.code, term.dpv, term.within) == (Kind.PURPOSE, "marac", (), ())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("kind = ", "cannot be read", id="no TOML"),
        pytest.param(HEAD + "colour = 1\n" + ROW, "has a key we do not know", id="key of the list"),
        pytest.param(HEAD.replace('"purpose"', '"sport"') + ROW, "which kind", id="unknown kind"),
        pytest.param('kind = "purpose"\n' + ROW, "and its noun", id="no noun"),
        pytest.param(HEAD, "not made of terms", id="no terms"),
        pytest.param(HEAD + 'term = ["marac"]', "not made of terms", id="terms that are words"),
        pytest.param(HEAD + "[extras]\ncode = 'text'\n" + ROW, "the rule for", id="rule twice"),
        pytest.param(
            HEAD + "[extras]\nx = 'codes of: sport'\n" + ROW, "the rule for", id="no such kind"
        ),
        pytest.param(HEAD + ROW + "colour = 'red'\n", "unknown key `colour`", id="key of a term"),
        pytest.param(HEAD + ROW.replace("label", "#"), "`marac` lacks `label`", id="no label"),
        pytest.param(HEAD + ROW.replace('"K"', '"sure"'), "`sure` of `marac`", id="not sure"),
        pytest.param(HEAD + ROW.replace('["uk"]', '["france"]'), "`jurisdiction`", id="abroad"),
        pytest.param(
            HEAD + ROW.replace("2026-06-30", '"2026-06-30"'),
            "`last_checked`",
            id="a date in quotes",
        ),
        pytest.param(
            HEAD + ROW.replace("2026-06-30", "2026-06-30T00:00:00Z"),
            "`last_checked`",
            id="a date with a time",
        ),
        pytest.param(
            HEAD + ROW.replace("A meeting.", " A  meeting."), "`means`", id="stray spaces"
        ),
        pytest.param(HEAD + ROW.replace("marac", "ma rac"), "has no code", id="a space in a code"),
        pytest.param(HEAD + ROW.replace("marac", "m" * 64), "has no code", id="a long code"),
        pytest.param(HEAD + ROW.replace('"marac"', "7"), "has no code", id="a number for a code"),
        pytest.param(HEAD + ROW + ROW, "stands there twice", id="the same code twice"),
        pytest.param(
            HEAD + ROW + "in_force_from = 2020-01-01\nin_force_to = 2020-01-01\n",
            "ends before it begins",
            id="no day in force",
        ),
    ],
)
def test_a_malformed_list_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(VocabularyError, match=complaint):
        parse_list("purposes.toml", text)


def swapped(old: str, new: str) -> Callable[[str], str]:
    """A change that must find what it changes."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


def chain(length: int) -> str:
    """Groups of information, each within the one before."""
    links = ['within = ["any"]\ngroup = true\ncode = "g0"\nlabel = "g"\nmeans = "g."\n']
    links += [
        f'within = ["g{n - 1}"]\ngroup = true\ncode = "g{n}"\nlabel = "g"\nmeans = "g."\n'
        for n in range(1, length)
    ]
    return "".join(f"\n[[term]]\n{link}" for link in links)


@pytest.mark.parametrize(
    ("stem", "change", "complaint"),
    [
        pytest.param(
            "information",
            swapped('within = ["health"]', 'within = ["wealth"]'),
            "names `wealth`",
            id="no such parent",
        ),
        pytest.param(
            "information",
            swapped('within = ["health"]', 'within = ["contact"]'),
            "no group",
            id="parent is no group",
        ),
        pytest.param(
            "information",
            swapped('code = "any"', 'within = ["health"]\ncode = "any"'),
            "lies within itself",
            id="circle",
        ),
        pytest.param("information", lambda text: text + chain(8), "levels deep", id="too deep"),
        pytest.param(
            "purposes", swapped('"CA89-47"', '"CA89-74"'), "names `CA89-74`", id="no such gateway"
        ),
        pytest.param(
            "purposes", swapped("sector-ps:", "sector-xx:"), "names `sector-xx", id="no such prefix"
        ),
        pytest.param("article9", swapped('"10 19"', '"10 99"'), "names `99`", id="no such source"),
        pytest.param(
            "roles", swapped('kind = "role"', 'kind = "event"'), "one list", id="a kind twice"
        ),
        pytest.param(
            "vocabulary", swapped("version =", "edition ="), "vocabulary.toml", id="no version"
        ),
    ],
)
def test_a_list_that_names_what_is_nowhere_is_refused(
    stem: str, change: Callable[[str], str], complaint: str
) -> None:
    with pytest.raises(VocabularyError, match=complaint):
        rebuilt(**{stem: change})


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param(
            swapped('["depersonalised"]', "[]"), "an empty `information`", id="an empty list"
        ),
        pytest.param(
            swapped('disclosers = "mappa"', 'disclosers = "mappas"'), "`disclosers`", id="no list"
        ),
        pytest.param(
            swapped('["safeguarding-adults-board"]', '["adults-board"]'), "nowhere", id="no body"
        ),
        pytest.param(
            swapped('bodies_sure = "V"\n', ""), "how sure its lists", id="bodies of no sureness"
        ),
        pytest.param(
            swapped('barred_by = ["subject-objected"]', 'bodies_sure = "sure"'),
            "cannot be read",
            id="said twice",
        ),
        pytest.param(
            swapped("sharing_power = false", "sharing_power = true"),
            "is a prohibition",
            id="a bar that shares",
        ),
        pytest.param(
            swapped(
                'never_information = ["health"]',
                'never_information = ["any"]\ninformation = ["health"]',
            ),
            "never opens any",
            id="opens what it never opens",
        ),
        pytest.param(
            swapped(
                'barred_by = ["subject-objected"]',
                'barred_by = ["necessity"]\nneeds_given = ["necessity"]',
            ),
            "needs what bars it",
            id="needs what bars it",
        ),
    ],
)
def test_a_gateway_whose_limits_cannot_be_is_refused(
    change: Callable[[str], str], complaint: str
) -> None:
    with pytest.raises(VocabularyError, match=complaint):
        rebuilt(gateways=change)


def test_a_council_in_a_list_is_every_part_of_it() -> None:
    gateway = VOCABULARY.gateway("CJA03-325")

    assert gateway.disclosers is not None
    assert {"council", "council-housing"} <= gateway.disclosers


def test_eight_levels_are_allowed() -> None:
    deep = rebuilt(information=lambda text: text + chain(7))

    assert len(deep.ancestors(Kind.INFORMATION, "g6")) == 7
