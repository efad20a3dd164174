"""Which tokens only together make a character."""

from hypothesis import given
from hypothesis import strategies as st

from headlight.model.reading.tokens import split_characters


def test_the_bytes_of_one_character_belong_together() -> None:
    bank = "🏦".encode()
    pieces = (b" caf", b"\xc3", b"\xa9", b" ", *(bytes([byte]) for byte in bank), b"!")
    assert split_characters(pieces) == ((1, 3), (4, 8))


def test_a_token_may_end_inside_one_character_and_begin_the_next() -> None:
    first, second = "é".encode(), "ö".encode()
    assert split_characters((first[:1], first[1:] + second[:1], second[1:])) == ((0, 3),)
    straddling = [bytes(pair) for pair in zip(("é" * 9).encode()[1::2], ("é" * 9).encode()[2::2], strict=False)]
    assert split_characters((b"a", first[:1], *straddling, first[1:])) == ((1, 11),)


def test_what_never_becomes_whole_is_in_no_run() -> None:
    assert split_characters((b"a", b"\xf0", b"\x9f")) == ()
    assert split_characters((b"\xff", b"a")) == ()
    assert split_characters(()) == ()


@given(st.text(min_size=1, max_size=12), st.data())
def test_runs_are_ordered_whole_and_cover_every_broken_token(text: str, data: st.DataObject) -> None:
    octets = text.encode()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(octets)), max_size=len(octets))) | {len(octets)})
    pieces = tuple(octets[a:b] for a, b in zip([0, *cuts], cuts, strict=False))
    end_before = 0
    covered: set[int] = set()
    for first, end in split_characters(pieces):
        assert end_before <= first < end - 1
        b"".join(pieces[first:end]).decode()
        covered.update(range(first, end))
        end_before = end
    for position, piece in enumerate(pieces):
        if position not in covered:
            piece.decode()
