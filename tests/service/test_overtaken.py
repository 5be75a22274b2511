"""Whatever was suspended before a record is kept is in the bundle that answers."""

from pathlib import Path
from typing import Any

import pytest

from agreements.lifecycle import Act
from engine import bootstrap
from engine.decide import Code
from tests.service.conftest import AGREEMENT, asked


def test_a_suspension_between_reading_and_keeping_is_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bootstrap.open_office(folder) as office, bootstrap.open_office(folder) as other:
        assert office.desk.ask(asked()).decision.code is Code.PERMITTED
        append = office.premises.records.append_many
        done: list[Any] = []

        def between(seals: Any) -> Any:
            if not done:
                done.append(other.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach"))
            return append(seals)

        monkeypatch.setattr(office.premises.records, "append_many", between)

        answers = office.desk.ask_many([asked(), asked()])

        assert [each.decision.code for each in answers] == [Code.SUSPENDED, Code.SUSPENDED]  # type: ignore[union-attr]
        assert [each.index for each in answers] == [done[0].taken.index + n for n in (1, 2)]  # type: ignore[union-attr]
