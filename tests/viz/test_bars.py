"""What the bars get holds every logit exactly, and names are data."""

import json
import struct

import numpy as np
import pytest

from headlight.viz.bars import N_SHOWN, Candidate, Controls, pack
from headlight.viz.numbers import ordinal, percent
from headlight.viz.sentence import growing_strip, score_strip


def test_logits_and_controls_come_back_exactly() -> None:
    logits = np.random.default_rng(5).normal(size=31).astype(np.float32)
    named = [Candidate(id=i, name="</script>\u202e\x00", kind="part") for i in range(N_SHOWN)]
    data = pack(logits, named, Controls(temperature=0.7, top_k=4, top_p=0.9, note="Added “<b>”."))
    (length,) = struct.unpack("<I", data[:4])
    assert (4 + length) % 4 == 0, "float32 must begin at a multiple of 4"
    header = json.loads(data[4 : 4 + length])
    np.testing.assert_array_equal(np.frombuffer(data[4 + length :], "<f4"), logits)
    assert header["candidates"][0] == {"id": 0, "name": "</script>\u202e\x00", "kind": "part"}
    assert [header["controls"][name] for name in ("temperature", "top_k", "top_p")] == [0.7, 4, 0.9]
    assert header["controls"]["note"] == "Added “<b>”."


def test_candidates_that_do_not_fit_are_refused() -> None:
    named = [Candidate(id=i, name="a") for i in range(3)]
    with pytest.raises(ValueError, match=f"3 candidates are named, but {N_SHOWN} are shown"):
        pack(np.zeros(31, dtype=np.float32), named, Controls())
    with pytest.raises(ValueError, match="candidate 2 is not among the 2 tokens"):
        pack(np.zeros(2, dtype=np.float32), named, Controls())


def test_the_strip_shows_what_fell_out_and_the_place_for_the_next() -> None:
    strip = growing_strip(["<b>", "x"], [True, False], "13 tokens fell out.", [f"t{i}" for i in range(13)])
    assert strip.count("<s>") == 10
    assert "<s>t12</s>" in strip
    assert "<s>t2</s>" not in strip
    assert "13 tokens fell out." in strip
    assert "&lt;b&gt;" in strip
    assert "<b>" not in strip
    assert strip.rindex('class="chip next"') > strip.rindex(">x<")
    assert "fallen" not in growing_strip(["x"], [False])


def test_scores_stand_under_their_tokens() -> None:
    strip = score_strip(["<i>", "b", "c"], [True, False, False], [float("nan"), 0.25, 1e-9], [0, 1, 4_013])
    assert "<i>" not in strip
    assert "25.00 %<br>1st" in strip
    assert "&lt;0.01 %<br>4,013th" in strip
    assert strip.count("–") == 1
    with pytest.raises(ValueError, match="shorter"):
        score_strip(["a"], [False], [], [])


def test_numbers_are_spelled() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112, 1_002)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th", "1,002nd")
    ]
    assert [percent(p) for p in (0.0, 1e-9, 0.00005, 0.5, 1.0)] == [
        "0.00 %",
        "<0.01 %",
        "0.01 %",
        "50.00 %",
        "100.00 %",
    ]
