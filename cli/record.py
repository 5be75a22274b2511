"""Checking a record, and deciding it again."""

from pathlib import Path
from typing import Annotated

import typer

from cli import checking, output
from cli.exits import Exit
from cli.options import AsJson, OfficeFolder, TrustFile, opened

Again = Annotated[bool, typer.Option("--replay", help="Also decide the question again.")]
BundleFile = Annotated[
    str, typer.Argument(metavar="FILE", help="A proof bundle, `-` for standard input.")
]
ChainFolder = Annotated[
    str | None,
    typer.Option(
        "--trust-chain",
        metavar="DIR",
        help="Follow later versions of the trust root in this folder: `trust/` of a register.",
        show_default=False,
    ),
]
RecordOrFile = Annotated[
    str, typer.Argument(metavar="JTI|FILE", help="A record of the office, or a proof bundle.")
]


def verify(
    file: BundleFile,
    *,
    trust: TrustFile = None,
    trust_chain: ChainFolder = None,
    replay: Again = False,
    as_json: AsJson = False,
) -> int:
    """Check a proof bundle, offline, against keys you trust.

    Ends with 0 if every step holds; with 4 at the first that does not, or if evidence for one is
    missing. With `--replay`, ends with 6 if deciding again gives another answer.
    """
    return checking.check(file, trust, chain=trust_chain, replay=replay, as_json=as_json)


def replay(
    record: RecordOrFile,
    *,
    trust: TrustFile = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Decide a recorded question again, under the very policies of its record.

    A file is verified first, against `--trust`. Ends with 0 if the answer is the same, 6 if not.
    """
    if record == "-" or "/" in record or "." in record or Path(record).exists():
        again = checking.decided_again(checking.established(record, trust))
    else:
        again = opened(office).evidence.replay(record)
    if as_json:
        output.document_json(checking.replay_as_json(again))
    else:
        checking.show_again(again)
    return Exit.DONE if again.same else Exit.DIFFERS
