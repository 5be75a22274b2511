"""Every example as PDF, checked against PDF/UA-1 by veraPDF, which had no part in making it.

veraPDF is Java. `make verapdf` fetches it (once; needs Java and Maven), and `make test-long` does
so first. Where it is missing these tests fail and say so; they are never passed over.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from agreements.vocabulary import current
from engine.adapters.pdf import as_pdf
from engine.paper import paper
from tests.examples import named, read
from tests.exchange.test_paper import SIGNABLE

HERE = Path(__file__).parent / "verapdf"
VERAPDF = "CONCORDAT_VERAPDF"
"""Names the folder of veraPDF's jars; `make verapdf` makes one where it is found without."""


def jars() -> Path:
    """Where veraPDF is."""
    cached = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "concordat/verapdf"
    found = Path(os.environ.get(VERAPDF) or cached)
    assert shutil.which("java"), "PDF/UA is checked by veraPDF, which needs Java: install it"
    assert list(found.glob("*.jar")), f"veraPDF is not in {found}: run `make verapdf`"
    return found


def checked(*papers: Path) -> dict[str, tuple[bool, list[str]]]:
    """What veraPDF says of each file: whether it conforms, and the clauses it breaks."""
    ran = subprocess.run(
        ["java", "-cp", f"{jars()}/*", str(HERE / "Check.java"), *map(str, papers)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, tuple[bool, list[str]]] = {}
    for line in ran.stdout.splitlines():
        name, said, more = line.split("\t", 2)
        if said in ("true", "false"):
            assert int(more) > 1_000, "next to nothing was looked at"
            found[Path(name).stem] = said == "true", []
        else:
            found[Path(name).stem][1].append(said)
    return {name: (conforms, sorted({*broken})) for name, (conforms, broken) in found.items()}


@pytest.mark.long
def test_every_example_conforms_to_pdf_ua_as_another_program_reads_it(tmp_path: Path) -> None:
    for path in SIGNABLE:
        content = as_pdf(paper(read(path), current()))
        (tmp_path / f"{path.stem}.pdf").write_bytes(content)

    found = checked(*sorted(tmp_path.glob("*.pdf")))

    assert found == {path.stem: (True, []) for path in SIGNABLE}


BREACHES = {
    # by the clause of ISO 14289-1 that says so
    "not marked as tagged": (b"/MarkInfo", b"/MarkInfX", "6.2"),
    "no language": (b"/Lang", b"/LanX", "7.2"),
    "no claim to conform": (b"pdfuaid:part", b"pdfuaid:parX", "5"),
    "no title shown": (b"/DisplayDocTitle true", b"/DisplayDocTitlX true", "7.1"),
}


@pytest.mark.long
def test_what_does_not_conform_is_found(tmp_path: Path) -> None:
    """The checker is no rubber stamp: each breach is put in by hand, in as many bytes."""
    content = as_pdf(paper(read(named("northshire-mash")), current()))
    for name, (old, new, _) in BREACHES.items():
        assert old in content, name
        (tmp_path / f"{name}.pdf").write_bytes(content.replace(old, new))

    found = checked(*sorted(tmp_path.glob("*.pdf")))

    assert found == {name: (False, [clause]) for name, (_, _, clause) in BREACHES.items()}
