"""The worked output of ``policies/published/``: what publishing the reference example writes."""

from pathlib import Path

from agreements.document import parse
from agreements.vocabulary import current
from engine.bundle import cedar_text, make_slice
from engine.compile import compile_agreement
from tests.world import SEED, seed_law

EXAMPLE = SEED.parent / "agreements" / "examples" / "northshire-mash.yaml"


def make() -> dict[Path, bytes]:
    """Each file of the worked output, by where it stands."""
    agreement = parse(EXAMPLE.read_bytes()).agreement
    compiled = compile_agreement(agreement, current())
    folder = SEED / "published" / agreement.id
    return {
        folder / "agreement.json": compiled.agreement_json,
        folder / "policies.json": compiled.policies_json,
        folder / "policy.cedar": cedar_text(compiled).encode(),
        folder / "manifest.json": make_slice(seed_law(), compiled).manifest,
    }
