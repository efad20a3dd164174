"""What is taken away equals what is shown."""

import csv
import io
import json

import numpy as np
import pytest

from headlight.viz.table import csv_text, json_text, long_form


def test_a_table_comes_back_from_csv() -> None:
    tokens = ["a,b", '"q"', "line\nbreak"]
    weights = np.array([0.1, 0.25, 1 / 3], dtype=np.float32)
    rows = list(csv.DictReader(io.StringIO(csv_text({"token": tokens, "weight": weights}))))
    assert [row["token"] for row in rows] == tokens
    assert [np.float32(row["weight"]) for row in rows] == list(weights)


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_a_text_that_looks_like_a_formula_is_none_in_a_spreadsheet(formula: str) -> None:
    assert list(csv.reader(io.StringIO(csv_text({"token": [formula]}))))[1] == ["'" + formula]
    assert json.loads(json_text({"token": [formula]}))["columns"]["token"] == [formula]


def test_json_says_where_the_numbers_come_from() -> None:
    written = json.loads(json_text({"x": np.array([1, 2])}, model="m", revision="r", text="t"))
    assert written == {"model": "m", "revision": "r", "text": "t", "columns": {"x": [1, 2]}}


def test_a_cell_that_is_hidden_is_empty() -> None:
    hidden = np.array([0.5, np.nan], dtype=np.float32)
    assert json.loads(json_text({"x": hidden}))["columns"]["x"] == [0.5, None]
    assert csv_text({"x": hidden}).splitlines() == ["x", "0.5", '""']


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'a': 1, 'b': 2"):
        csv_text({"a": [1], "b": [1, 2]})


def test_a_matrix_is_laid_out_row_by_row() -> None:
    table = long_form(np.arange(6.0).reshape(2, 3), ["r0", "r1"], ["c0", "c1", "c2"], names=("query", "key", "weight"))
    assert list(table) == ["query_position", "query", "key_position", "key", "weight"]
    assert list(zip(*(table[name] for name in table), strict=True))[4] == (1, "r1", 1, "c1", 4.0)
    with pytest.raises(ValueError, match=r"\(2, 3\).*3 rows, 2 columns"):
        long_form(np.zeros((2, 3)), ["a", "b", "c"], ["d", "e"], names=("query", "key", "weight"))
