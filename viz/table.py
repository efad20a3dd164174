"""The numbers behind a figure as files to take away: CSV and JSON."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Columns = Mapping[str, Sequence[Any] | np.ndarray]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(columns: Columns) -> str:
    """Write columns of equal length as CSV (RFC 4180) with a heading line.

    A text that a spreadsheet would take for a formula gets an apostrophe in front. Raises ValueError when the
    lengths differ.
    """
    _check(columns)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([_csv_cell(cell) for cell in row] for row in zip(*map(_plain, columns.values()), strict=True))
    return file.getvalue()


def json_text(columns: Columns, **source: Any) -> str:
    """Write columns as JSON, under "columns", beside where they came from (model, revision, text ...)."""
    _check(columns)
    return json.dumps(
        {**source, "columns": {name: _plain(column) for name, column in columns.items()}},
        ensure_ascii=False,
        indent=1,
    )


def long_form(matrix: np.ndarray, rows: Sequence[str], columns: Sequence[str], *, names: Sequence[str]) -> Columns:
    """Lay a matrix out as one line a cell: row number, row label, column number, column label, value.

    `names` are the headings of rows, columns and value. Raises ValueError when the labels do not fit the matrix.
    """
    if matrix.shape != (len(rows), len(columns)):
        raise ValueError(f"the matrix has shape {matrix.shape}, but there are {len(rows)} rows, {len(columns)} columns")
    row_of, column_of = np.indices(matrix.shape).reshape(2, -1)
    return {
        f"{names[0]}_position": row_of,
        names[0]: [rows[i] for i in row_of],
        f"{names[1]}_position": column_of,
        names[1]: [columns[i] for i in column_of],
        names[2]: matrix.reshape(-1),
    }


def _check(columns: Columns) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns differ in length: {lengths}")


def _plain(column: Sequence[Any] | np.ndarray) -> list[Any]:
    """Return a column as Python values; float32 keeps the digits that tell it from its neighbours, no more."""
    if not isinstance(column, np.ndarray):
        return list(column)
    if column.dtype == np.float32:
        return [None if np.isnan(value) else float(str(value)) for value in column]
    values: list[Any] = column.tolist()
    return values


def _csv_cell(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
