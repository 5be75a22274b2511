"""Of several forms, the one that is wanted most."""

import pytest

from api.accepts import chosen
from api.problems import ProblemError

OFFERED = ("application/json", "application/yaml")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, 0),
        ("", 0),
        ("*/*", 0),
        ("application/yaml", 1),
        ("Application/YAML", 1),
        ("application/json;q=0.1, application/yaml;q=0.2", 1),
        ("application/*;q=0.5, application/json;q=0.1", 1),
        ("*/*;q=0.1, application/yaml", 1),
        ("text/html, application/*", 0),
        ("application/yaml;q=x, application/json", 0),
    ],
)
def test_the_form_that_is_wanted_most_is_chosen(accept: str | None, form: int) -> None:
    assert chosen(accept, OFFERED) == OFFERED[form]


@pytest.mark.parametrize(
    "accept", ["text/html", "*/*;q=0", "application/json;q=0", "nonsense", ";", ",,,"]
)
def test_what_is_not_to_be_had_is_refused(accept: str) -> None:
    with pytest.raises(ProblemError) as refused:
        chosen(accept, OFFERED)

    assert refused.value.status == 406
