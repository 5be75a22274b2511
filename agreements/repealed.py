"""Law that no longer holds and bodies that no longer exist, where a text still names them.

Only the words are looked at, so a text that names old law on purpose is found
too: these are warnings.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from agreements.citations import CITATIONS
from agreements.findings import Finding, Severity
from agreements.model import Agreement
from agreements.structure import KINDS, Slot

_GONE: Final = (
    (r"Data Protection Act 1984", "was repealed on 1 March 2000"),
    (r"Data Protection Act 1998|DPA ?(?:19)?98", "was repealed on 25 May 2018"),
    (r"EU GDPR|Regulation \(EU\) 2016/679", "gave way to the UK GDPR at the end of 2020"),
    (r"Primary Care Trusts?|PCTs?", "was abolished on 1 April 2013"),
    (r"Strategic Health Authorit(?:y|ies)", "was abolished on 1 April 2013"),
    (r"Clinical Commissioning Groups?|CCGs?", "was abolished on 1 July 2022"),
    (r"Probation Trusts?", "was dissolved in 2014"),
    (r"Probation Boards?(?! for Northern Ireland)", "gave way to probation trusts by 2010"),
    (r"Local Safeguarding Children Boards?|LSCBs?", "gave way to safeguarding partners by 2019"),
)
"""Words of law and bodies of England and Wales, and what became of them [K]."""

_WORDS: Final = tuple(
    (re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.ASCII), fate) for pattern, fate in _GONE
)
_SINCE: Final = datetime(2018, 5, 25, tzinfo=UTC)
_REGIMES: Final = {
    "DPA98": "the Data Protection Act 1998, repealed on 25 May 2018",
    "IS": "Part 4, which is for the intelligence services alone",
}
_RECORDS_OF_THE_PAST: Final = (("version_record",), ("sources",))


def check(agreement: Agreement, slots: Iterable[Slot]) -> Iterator[Finding]:
    """R37 and S11: every name of law or body that has gone, and every regime that cannot be."""
    for slot in slots:
        if isinstance(slot.value, str) and _is_in_use(slot):
            yield from _words(slot, slot.value)
    if agreement.end is not None and agreement.end.on is not None and agreement.end.on <= _SINCE:
        return
    for number, clause in enumerate(agreement.clauses):
        for party, basis in clause.basis.items():
            if basis.regime in _REGIMES:
                message = f"in clause `{clause.id}`, `{party}` is under {_REGIMES[basis.regime]}"
                yield Finding(
                    "S11",
                    Severity.WARNING,
                    ("clauses", number, "basis", party, "regime"),
                    message,
                    "Data Protection Act 2018 ss.82, 211",
                    "write `UKGDPR` or `LE` in `regime`, with what it asks for",
                )


def _is_in_use(slot: Slot) -> bool:
    """Whether the words are the agreement's own, not terms, history or a predecessor's name."""
    if (slot.owner, slot.field) in (*KINDS, ("Succession", "body")):
        return False
    return not (slot.path[0] == "particulars" and slot.path[1:2] in _RECORDS_OF_THE_PAST)


def _words(slot: Slot, text: str) -> Iterator[Finding]:
    for pattern, fate in _WORDS:
        found = pattern.search(text)
        if found:
            message = f"it names `{found[0]}`, which {fate}"
            mend = "name what now stands in its place"
            cited = CITATIONS["R37"]
            yield Finding("R37", Severity.WARNING, slot.path, message, cited, mend)
