"""Writes the golden record, the worked output and the conformance set anew: `make vectors`."""

from tests.vectors import conformance, golden, published

made = golden.make() | golden.make_vetoed() | golden.make_unknown()
written = {golden.FOLDER / name: data for name, data in made.items()}
written |= published.make()
written |= conformance.make()
for path, data in written.items():
    changed = not path.exists() or path.read_bytes() != data
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    print(f"{'written' if changed else 'unchanged'}: {path.relative_to(golden.FOLDER.parents[2])}")
