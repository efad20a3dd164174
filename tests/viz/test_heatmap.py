"""The bytes the canvas gets hold every value exactly."""

import json
import struct
from typing import Any

import numpy as np
import pytest

from headlight.viz.heatmap import Axes, Map, pack


def unpack(data: bytes) -> tuple[dict[str, Any], np.ndarray]:
    (length,) = struct.unpack("<I", data[:4])
    assert (4 + length) % 4 == 0, "float32 must begin at a multiple of 4"
    return json.loads(data[4 : 4 + length]), np.frombuffer(data[4 + length :], "<f4")


def test_values_come_back_exactly_and_in_order() -> None:
    rng = np.random.default_rng(7)
    square = Axes(rows=["a", "b", "ö🏦"], columns=["a", "b", "ö🏦"], rows_marked=[True, False, False])
    wide = Axes(rows=["x", "y"], columns=list("vwxyz"))
    first, second, third = (rng.random(shape, dtype=np.float32) for shape in ((3, 3), (2, 5), (3, 3)))
    header, values = unpack(
        pack(
            [
                Map(name="A", values=first, axes=square),
                Map(name="B", values=second, axes=wide),
                Map(
                    name="A - C", values=first - third, axes=square, scale="difference", low=-1.0, quantity="difference"
                ),
            ]
        )
    )
    np.testing.assert_array_equal(values, np.concatenate([first.ravel(), second.ravel(), (first - third).ravel()]))
    assert [each["axes"] for each in header["maps"]] == [0, 1, 0]
    assert header["axes"][0]["rows"] == ["a", "b", "ö🏦"]
    assert header["axes"][0]["rowsMarked"] == [True, False, False]
    assert (header["maps"][2]["scale"], header["maps"][2]["low"], header["maps"][2]["high"]) == ("difference", -1, 1.0)


def test_a_hidden_cell_stays_hidden() -> None:
    axes = Axes(rows=["a"], columns=["b", "c"])
    _, values = unpack(pack([Map(name="x", values=np.array([[0.0, np.nan]]), axes=axes)]))
    assert values[0] == 0
    assert np.isnan(values[1])


def test_labels_that_do_not_fit_are_refused() -> None:
    axes = Axes(rows=["a"], columns=["b", "c"])
    with pytest.raises(ValueError, match=r"'x' has shape \(2, 1\), but its labels \(1, 2\)"):
        pack([Map(name="x", values=np.zeros((2, 1)), axes=axes)])
    with pytest.raises(ValueError, match="selected is 1, but there are 1 maps"):
        pack([Map(name="x", values=np.zeros((1, 2)), axes=axes)], selected=1)


def test_numbered_axes_and_stretched_cells_are_told_to_the_canvas() -> None:
    axes = Axes(
        rows=["the", "", ""], columns=["", ""], first_row=5, first_column=-1, rows_numbered=True, n_own=1
    )  # a row with its token, rows and columns with a number alone
    header, _ = unpack(pack([Map(name="x", values=np.zeros((3, 2)), axes=axes, cells="stretched")]))
    told = header["axes"][0]
    assert (told["firstRow"], told["firstColumn"], told["rowsNumbered"], told["nOwn"]) == (5, -1, True, 1)
    assert header["maps"][0]["cells"] == "stretched"
