"""Writes the golden record anew: `make vectors`."""

from tests.vectors.golden import FOLDER, make

for name, data in make().items():
    path = FOLDER / name
    changed = not path.exists() or path.read_bytes() != data
    path.write_bytes(data)
    print(f"{'written' if changed else 'unchanged'}: {path.relative_to(FOLDER.parents[2])}")
