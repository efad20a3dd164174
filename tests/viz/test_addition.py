"""A sum on paper: each number rounded by itself, and still a sum to within one unit of the last digit."""

import re

import numpy as np
import pytest

from headlight.viz.addition import Term, addition


def shown(html: str) -> list[list[float]]:
    """Return the numbers of each row of the table."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", html)
    cells = [[each.replace("−", "-") for each in re.findall(r"<td>(.*?)</td>", row)] for row in rows]
    return [[float(each) for each in row] for row in cells if row]


def test_shown_digits_add_up_to_within_one() -> None:
    token, place = np.random.default_rng(1).normal(size=(2, 997))
    html = addition(
        [
            Term(sign="", name="token", values=token),
            Term(sign="+", name="position 3", values=place),
            Term(sign="=", name="input", values=token + place),
        ]
    )
    one, other, total = np.round(np.array(shown(html)) * 1000).astype(int)
    assert np.abs(one + other - total).max() == 1  # some are out by one, none by two
    np.testing.assert_allclose(one, token * 1000, atol=0.5 + 1e-9)


def test_names_are_data_and_columns_are_numbered() -> None:
    html = addition([Term(sign="", name="<b>x", values=np.array([-0.0001, -2.5]))], first_dimension=7)
    assert "&lt;b&gt;x" in html
    assert re.findall(r"<th>(\d+)</th>", html) == ["7", "8"]
    assert re.findall(r"<td>(.*?)</td>", html) == ["0.000", "−2.500"]


def test_terms_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\[2, 3\] numbers"):
        addition([Term(sign="", name="a", values=np.zeros(2)), Term(sign="+", name="b", values=np.zeros(3))])
