"""The sentence with a blank: what the browser gets is data, and only what was typed can be hidden."""

import json
import struct

import numpy as np
import pytest

from headlight.viz.bars import N_SHOWN, Candidate, Controls, Marked, Wording, pack
from headlight.viz.blank import blank_strip


def test_names_go_as_they_are() -> None:
    data = blank_strip(["[CLS]", "</script>", "\u202e"], [True, False, False], 2, "[MASK]")
    assert data == {
        "tokens": [
            {"name": "[CLS]", "special": True},
            {"name": "</script>", "special": False},
            {"name": "\u202e", "special": False},
        ],
        "hidden": 2,
        "mask": "[MASK]",
    }


@pytest.mark.parametrize("hidden", [-1, 0, 3])
def test_what_cannot_be_hidden_is_refused(hidden: int) -> None:
    with pytest.raises(ValueError, match=f"token {hidden} cannot be hidden"):
        blank_strip(["[CLS]", "a", "b"], [True, False, False], hidden, "[MASK]")


def test_sizes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        blank_strip(["a", "b"], [False], 0, "[MASK]")


def test_the_bars_get_their_wording_and_the_marked_candidate() -> None:
    named = [Candidate(id=i, name="a") for i in range(N_SHOWN)]
    logits = np.zeros(31, dtype=np.float32)
    marked = Marked(candidate=Candidate(id=29, name="##<b>"), rank="30th", word="hidden")
    data = pack(logits, named, Controls(), wording=Wording(column="Fits", draws_on=False), marked=marked)
    (length,) = struct.unpack("<I", data[:4])
    header = json.loads(data[4 : 4 + length])
    assert header["marked"]["candidate"] == {"id": 29, "name": "##<b>", "kind": "text"}
    assert (header["marked"]["rank"], header["marked"]["word"]) == ("30th", "hidden")
    assert (header["wording"]["column"], header["wording"]["draws_on"]) == ("Fits", False)
    with pytest.raises(ValueError, match="candidate 31 is not among the 31 tokens"):
        pack(logits, named, Controls(), marked=Marked(candidate=Candidate(id=31, name="x"), rank="1st", word="hidden"))
