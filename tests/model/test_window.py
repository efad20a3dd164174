"""Past the context the oldest tokens fall out, one for each that comes."""

import pytest

from headlight.model.admitting import catalog
from headlight.model.errors import TextError
from headlight.model.questions import last_that_fit
from headlight.model.run import run

SOURCE = catalog.admit_typed("headlight-decoder")
MOST = 256


def test_a_short_text_is_read_whole() -> None:
    window = last_that_fit(SOURCE, "Once upon a time")
    assert (window.text, window.fallen, window.n_fallen_characters) == ("Once upon a time", (), 0)


def test_the_oldest_token_falls_out_for_each_that_comes() -> None:
    text = "The old man went down to the river" + " and he sat there" * 63 + " all"
    n_fallen = None
    for _ in range(5):
        window = last_that_fit(SOURCE, text)
        trace = run("headlight-decoder", window.text)
        assert trace.cut is None
        assert len(trace.stacks[0].ids) == MOST == window.most
        assert b"".join(window.fallen).decode() + window.text == text
        if n_fallen is not None:
            assert len(window.fallen) == n_fallen + 1
        n_fallen = len(window.fallen)
        text += " day"


@pytest.mark.parametrize("text", ["🏦👩‍👩‍👧‍👦ö" * 300, "word " * 20_000, "a" * 3_000, "\u202e\x00\n" * 500])
def test_any_long_text_leaves_an_end_that_is_read_whole(text: str) -> None:
    window = last_that_fit(SOURCE, text)
    trace = run("headlight-decoder", window.text)
    assert trace.cut is None
    assert MOST - 12 <= len(trace.stacks[0].ids) <= MOST
    assert text.endswith(window.text)
    n_whole = sum(len(piece.decode(errors="ignore")) for piece in window.fallen)
    assert window.n_fallen_characters + n_whole <= len(text) - len(window.text)


def test_blank_text_is_left_to_the_run_to_answer() -> None:
    assert last_that_fit(SOURCE, "  ").text == "  "
    with pytest.raises(TextError):
        run("headlight-decoder", last_that_fit(SOURCE, " " * 4_000).text)
