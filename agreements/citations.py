"""The law behind each rule that an agreement is checked by, and how sure we are of it.

``V`` was read at its source, ``K`` is general knowledge, ``K?`` must be checked
before anything is built on it. ``docs/rules.md`` tells the whole of each rule.
"""

from typing import Final

_ACT: Final = "Data Protection Act 2018"
_DUAA: Final = "Data (Use and Access) Act 2025"

CITATIONS: Final = {
    "R01": "UK GDPR Art 6(1)",
    "R02": f"{_ACT} s.35(2)",
    "R03": "UK GDPR Art 9",
    "R04": f"{_ACT} s.10(2)",
    "R05": f"{_ACT} s.10(3)",
    "R06": f"{_ACT} Sch 1 paras 5, 39",
    "R07": f"UK GDPR Art 10; {_ACT} s.10(5)",
    "R08": f"{_ACT} s.35(3)–(5)",
    "R09": f"UK GDPR Art 6(1), as amended by the {_DUAA} s.70",
    "R10": "UK GDPR Art 6(3)",
    "R11": f"UK GDPR Art 6(1)(e), 6(3); {_ACT} s.8",
    "R12": "UK GDPR Art 6(5)",
    "R14": f"{_ACT} ss.30–31",
    "R15": f"{_ACT} s.36(4)",
    "R16": f"UK GDPR Art 7; {_ACT} s.40A",
    "R17": "ICO guidance on consent",
    "R18": "Department for Education, information sharing advice",
    "R20": "common law duty of confidence",
    "R21": "Crime and Disorder Act 1998 s.17A; SI 2007/1831",
    "R22": "Police, Crime, Sentencing and Courts Act 2022 s.16(2), (4)",
    "R23": "Counter-Terrorism and Security Act 2015 s.38(3)–(5)",
    "R24": "Care Act 2014 s.45(1)–(5)",
    "R25": "Health and Social Care Act 2012 s.251B",
    "R26": "Children Act 2004 ss.16LA, 16LC",
    "R27": "Digital Economy Act 2017 s.35; Code of Practice",
    "R28": "ICO data sharing code of practice; MAIS",
    "R29": f"UK GDPR Art 26; {_ACT} s.58",
    "R30": "UK GDPR Art 28",
    "R31": "MAIS: an agreement has an end date",
    "R32": "practice: WEISF lets an agreement lapse three months after its review was due",
    "R33": "practice: off an open list a human is asked",
    "R35": f"UK GDPR Art 35; {_ACT} s.64",
    "R36": "practice: tiered frameworks of agreements",
    "R37": "practice: the law cited is the law in force",
    "R38": f"UK GDPR Arts 22A–22D, inserted by the {_DUAA} s.80; {_ACT} ss.50A–50D",
    "R39": "Government Security Classifications Policy",
    "R40": "practice: succession is recorded with evidence",
}
"""The law or the practice behind each rule, by its name."""

_KNOWN: Final = (
    *("R06", "R07", "R10", "R17", "R20", "R22", "R23", "R25", "R29"),
    *("R30", "R33", "R35", "R37", "R38", "R40"),
)

SURE: Final = {
    **dict.fromkeys(CITATIONS, "V"),
    **dict.fromkeys(_KNOWN, "K"),
    "R26": "K?",
}
"""How sure we are of each rule."""
