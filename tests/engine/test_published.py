"""The worked output in ``policies/published/`` is what publishing the example writes today."""

from tests.vectors import published


def test_the_worked_output_has_not_drifted():
    stale = [path.name for path, data in published.make().items() if path.read_bytes() != data]

    assert stale == [], "if the change is meant, run `make vectors` and commit it with the reason"
