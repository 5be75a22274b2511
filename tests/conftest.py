"""What holds for every test: where none may be skipped, a skipped one fails."""

import os
from collections.abc import Generator
from typing import Any

import pytest

NO_SKIPS = "CONCORDAT_NO_SKIPS"
"""Set to anything, it says that this machine has all that any test needs."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    if report.skipped and os.environ.get(NO_SKIPS):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"
    return report
