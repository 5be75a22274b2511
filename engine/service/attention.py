"""What needs attention in an office: reviews, signatures, ends, keys, cases, and law not looked at.

Nothing here is a timer: it is computed when somebody asks, from what stands, as
of an instant. The nearest first, so that whoever reads only the top reads what matters.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from agreements import reliance
from agreements.lifecycle import State
from agreements.values import format_instant
from engine.law import Law
from engine.service.cases import Cases
from engine.service.emergencies import Emergencies
from engine.service.shelf import Shelved
from engine.service.status import AgreementRow, StatusReport

NOTICE_DAYS: Final = (7, 14, 30, 90)
"""How many days ahead a date is told, in steps: the first that it lies within."""

LAW_CHECKED_WITHIN: Final = timedelta(days=365)
"""How old a reading of the law may be before somebody should read it again."""

_TOLD: Final = 4
_OVER: Final = frozenset({State.ENDED.value, State.SUPERSEDED.value})


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing to look at.

    Attributes:
        what: Its kind, by a stable name, such as ``review-due``.
        subject: What it is about: an agreement with its version, a key, a part of the law.
        said: What is the matter, as a sentence.
        do: What to do about it.
        on: The instant it turns on; none if it turns on none.
        within_days: The first of `NOTICE_DAYS` it lies within; 0 if it is past or due now.
    """

    what: str
    subject: str
    said: str
    do: str
    on: datetime | None = None
    within_days: int = 0


def attention(
    report: StatusReport, shelved: Shelved, cases: Cases, emergencies: Emergencies, now: datetime
) -> list[Attention]:
    """Everything that needs attention as of an instant, the most pressing first."""
    found = [
        *_texts(report),
        *_published(report, shelved, now),
        *_held_back(report),
        *_keys(report, now),
        *_cases(cases, emergencies, report.known_at),
        *_stale_law(shelved, now.date()),
    ]
    return sorted(found, key=_pressing)


def _pressing(each: Attention) -> tuple[int, datetime, str, str]:
    return (each.within_days, each.on or datetime.max.replace(tzinfo=UTC), each.subject, each.what)


def _texts(report: StatusReport) -> Iterator[Attention]:
    """Texts that are not in force yet."""
    for row in report.agreements:
        subject = f"{row.id} {row.version}".strip()
        if row.fault:
            yield Attention(
                "unreadable",
                subject,
                f"its text cannot be read: {row.fault}",
                "correct it: `concordat check` says where",
            )
        elif row.state == State.PROPOSED.value:
            yield Attention(
                "unsigned",
                subject,
                f"it waits for the signature of {', '.join(row.missing)}",
                f"ask them to sign: `concordat sign {row.id} --as AGENCY`",
            )
        elif row.state == State.SIGNED.value:
            yield Attention(
                "unpublished",
                subject,
                "all have signed it, and it is not published",
                f"publish it: `concordat publish {row.id}`",
            )
        elif row.state == State.SENT_BACK.value:
            yield Attention(
                "sent-back",
                subject,
                "it was sent back, or cannot be relied on",
                f"see why: `concordat status {row.id}`; then propose a new version",
            )


def _published(report: StatusReport, shelved: Shelved, now: datetime) -> Iterator[Attention]:
    successors = {row.id for row in report.agreements if row.state not in _OVER}
    for row in report.agreements:
        each = shelved.bundle.slices.get((row.id, row.version))
        if each is None or row.in_force_from is None:
            continue
        if row.state in _OVER:
            if row.id not in successors:
                yield Attention(
                    "expired",
                    f"{row.id} {row.version}",
                    "it has ended, and no version of it is in force",
                    "renew it, or tell those who ask under it",
                )
            continue
        if row.state == State.SUSPENDED.value:
            yield Attention(
                "suspended",
                f"{row.id} {row.version}",
                "it is suspended, and nothing is permitted by it",
                "whoever suspended it can resume it",
            )
        past = row.review_due is not None and row.review_due <= now
        due = "its review was due" if past else "its review is due"
        yield from _dated("review-due", row, row.review_due, due, "review it", now)
        agreed_s = shelved.standing[each.key].ended_s
        for end_s in filter(None, (each.expires_s, each.lapses_s, agreed_s)):
            on = datetime.fromtimestamp(end_s, UTC)
            yield from _dated("ends", row, on, "it ends", "have its next version signed", now)


def _held_back(report: StatusReport) -> Iterator[Attention]:
    """Versions whose signatures do not all count, or no longer."""
    for key, why in report.held_back.items():
        yield Attention(
            "not-taken-in",
            f"{key[0]} {key[1]}",
            f"it is published, and decides nothing here: {why}",
            "have its text signed again, as a new version, where this office can take it in",
        )


def _dated(
    what: str, row: AgreementRow, on: datetime | None, said: str, do: str, now: datetime
) -> Iterator[Attention]:
    days = None if on is None else _within(on, now)
    if days is not None:
        when = f"{said} on {format_instant(on)[:10]}" if on else said
        yield Attention(what, f"{row.id} {row.version}", when, do, on, days)


def _within(on: datetime, now: datetime) -> int | None:
    """The first of the steps within which an instant lies; 0 if it is past, none if it is far."""
    if on <= now:
        return 0
    return next((days for days in NOTICE_DAYS if on <= now + timedelta(days=days)), None)


def _keys(report: StatusReport, now: datetime) -> Iterator[Attention]:
    for key in report.keys:
        if not key.held or key.valid_to is None:
            continue
        on = datetime.fromtimestamp(key.valid_to, UTC)
        days = _within(on, now)
        if days is not None and key.valid:
            yield Attention(
                "key-ends",
                f"{key.role} key {key.kid[:12]}",
                f"it speaks for {key.owner} until {format_instant(on)[:10]}",
                f"replace it: `concordat keys rotate {key.role}`",
                on,
                days,
            )


def _cases(
    cases: Cases, emergencies: Emergencies, known_at: datetime | None
) -> Iterator[Attention]:
    for case in cases.list(known_at=known_at):
        yield Attention(
            "case-open",
            case.jti,
            f"{', '.join(case.referred)} was left to a person, and nobody has decided",
            f"decide it: `concordat refer close {case.jti}`",
            datetime.fromtimestamp(case.iat, UTC),
        )
    for each in emergencies.list(unreviewed=True, known_at=known_at):
        yield Attention(
            "emergency-unreviewed",
            each.jti,
            "it was shared in an emergency, and nobody has reviewed that",
            f"review it: `concordat emergency review {each.jti}`",
            datetime.fromtimestamp(each.iat, UTC),
        )


def _stale_law(shelved: Shelved, today: date) -> Iterator[Attention]:
    """Parts of the law that an agreement here relies on and nobody has read for too long."""
    before = today - LAW_CHECKED_WITHIN
    law = shelved.bundle.law
    old: dict[str, list[date]] = defaultdict(list)
    for name, checked in _checked(law):
        if checked < before:
            old[name].append(checked)
    for each in shelved.bundle.slices.values():
        for term in reliance.terms(each.agreement, law.vocabulary):
            if term.last_checked < before:
                old[f"{term.kind.value} {term.code}"].append(term.last_checked)
    by_day: dict[date, list[str]] = defaultdict(list)
    for name, dates in old.items():
        by_day[min(dates)].append(name)
    for day, names in sorted(by_day.items()):
        told = ", ".join(sorted(names)[:_TOLD])
        more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
        yield Attention(
            "law-stale",
            f"the law as it was read on {day.isoformat()}",
            f"nobody has read it again at its source for a year: {told}{more}",
            "read it again, and have the release that says so installed;"
            " `concordat check ID --law` lists what an agreement relies on",
            datetime.combine(day + LAW_CHECKED_WITHIN, datetime.min.time(), UTC),
        )


def _checked(law: Law) -> Iterator[tuple[str, date]]:
    for name, policy in law.statute.items():
        said = policy["annotations"].get("last_checked")
        if said:
            yield name, date.fromisoformat(said)
