"""Sets the paper of an agreement as PDF/UA-1: tagged, with its language, title and digest.

The same paper gives the same bytes: no date is written, and only the fonts that come with
the library are used. The template is fixed and reads the paper as data, so that no word of
an agreement is ever read as code.

Source:
    ISO 14289-1:2014 (PDF/UA-1), which the library checks while it writes.
"""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import typst

from engine.errors import AgreementError

_NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed')


def as_pdf(paper: Mapping[str, Any]) -> bytes:
    """Set a paper in type.

    Args:
        paper: What stands on it, as ``engine.paper`` says it.

    Raises:
        AgreementError: It holds a letter that none of the fonts has.
    """
    template = files("engine.adapters").joinpath("agreement.typ").read_bytes()
    try:
        return typst.compile(
            template,
            format="pdf",
            sys_inputs={"paper": json.dumps(paper, ensure_ascii=False)},
            pdf_standards="ua-1",
            ignore_system_fonts=True,
            timestamp=0,
        )
    except typst.TypstError as fault:
        lacking = _NO_GLYPH.search(str(fault))
        if lacking is None:
            raise
        raise AgreementError(
            f"`{lacking[1]}` cannot be set in type: no font of ours has it",
            hint="write it in Latin, Greek, Cyrillic, Hebrew or Arabic letters",
        ) from None
