"""What the explorer is fed with holds every weight to half a unit, in the bytes it promises."""

import json
import struct
import zlib
from typing import Any

import numpy as np
import pytest

from headlight.viz.explorer import (
    MOST_TOKENS,
    SCRIPT,
    Heads,
    explorer_html,
    integers,
    pack,
    pack_answer,
    pack_heads,
    pack_vectors,
)


def softmax_weights(seed: int, shape: tuple[int, int, int, int], *, causal: bool) -> np.ndarray:
    scores = 2 * np.random.default_rng(seed).normal(size=shape)
    if causal:
        scores = np.where(np.tri(*shape[2:], dtype=bool), scores, -np.inf)
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights: np.ndarray = (exponentials / exponentials.sum(axis=-1, keepdims=True)).astype(np.float32)
    return weights


def heads(weights: np.ndarray, *, causal: bool, **options: Any) -> Heads:
    queries = [f"q{i}" for i in range(weights.shape[2])]
    keys = [f"k{i}" for i in range(weights.shape[3])]
    return Heads(weights=weights, queries=queries, keys=keys, causal=causal, **options)


def framed(data: bytes) -> tuple[dict[str, Any], bytes]:
    (length,) = struct.unpack("<I", data[:4])
    return json.loads(data[4 : 4 + length]), data[4 + length :]


def unpacked(part: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Take a part to pieces as `unpacking.js` does, written anew from the layout that `packing` describes."""
    header, rest = framed(part)
    body = np.frombuffer(zlib.decompress(rest), np.uint8)
    n_layers, n_heads, n_queries, n_keys = (
        header["layers"],
        header["heads"],
        len(header["queries"]),
        len(header["keys"]),
    )
    start = 0

    def take(count: int) -> np.ndarray:
        nonlocal start
        start += count
        return body[start - count : start]

    seen = [np.unpackbits(take(-(-n_queries * n_keys // 8)))[: n_queries * n_keys] for _ in range(n_layers)]

    def planes(count: int) -> np.ndarray:
        low, high = take(count), take(count)
        whole: np.ndarray = low + 256 * high.astype(int)
        return whole

    found: dict[str, np.ndarray] = {
        "seen": np.array(seen).reshape(n_layers, n_queries, n_keys).astype(bool),
        "sums": planes(n_layers * n_heads * n_queries).reshape(n_layers, n_heads, n_queries),
    }
    if header["exact"]:
        cells = np.zeros((n_layers, n_heads, n_queries, n_keys), int)
        widths = [min(row + 1, n_keys) if header["causal"] else n_keys for row in range(n_queries)]
        flat = planes(n_layers * n_heads * sum(widths))
        at = 0
        for layer in range(n_layers):
            for head in range(n_heads):
                for row, width in enumerate(widths):
                    cells[layer, head, row, :width] = flat[at : at + width]
                    at += width
        found["cells"] = cells
    else:
        pool = header["pool"]
        found["pictures"] = take(n_layers * n_heads * -(-n_queries // pool) * -(-n_keys // pool)).reshape(
            n_layers, n_heads, -(-n_queries // pool), -(-n_keys // pool)
        )
    assert start == len(body), "bytes left over"
    return header, found


@pytest.mark.parametrize(
    ("shape", "causal"), [((3, 2, 7, 7), True), ((2, 3, 7, 7), False), ((2, 3, 5, 11), False), ((3, 2, 1, 1), True)]
)
def test_every_weight_comes_back_to_half_a_unit(shape: tuple[int, int, int, int], causal: bool) -> None:
    weights = softmax_weights(1, shape, causal=causal)
    header, found = unpacked(pack_heads(heads(weights, causal=causal)))
    assert header["exact"]
    assert np.abs(found["cells"] / 1000 - weights).max() <= 0.0005 + 1e-7
    np.testing.assert_array_equal(found["cells"], np.rint(1000 * weights))
    np.testing.assert_array_equal(found["sums"], 1000)
    np.testing.assert_array_equal(
        found["seen"], np.broadcast_to(np.tri(*shape[2:], dtype=bool) | (not causal), (shape[0], *shape[2:]))
    )


def test_a_window_and_a_sink_are_kept() -> None:
    weights = softmax_weights(2, (2, 3, 7, 7), causal=True) * np.float32(0.7)
    window = np.tri(7, dtype=bool) & ~np.tri(7, k=-3, dtype=bool)
    _, found = unpacked(pack_heads(heads(weights, causal=True, seen=np.stack([window, np.tri(7, dtype=bool)]))))
    np.testing.assert_array_equal(found["seen"], [window, np.tri(7, dtype=bool)])
    np.testing.assert_array_equal(found["sums"], 700)


def test_long_texts_travel_as_the_largest_of_each_square() -> None:
    weights = softmax_weights(3, (2, 2, 131, 131), causal=True)
    header, found = unpacked(pack_heads(heads(weights, causal=True)))
    assert not header["exact"]
    assert header["pool"] == 2
    padded = np.pad(weights, [(0, 0), (0, 0), (0, 1), (0, 1)])
    slow = np.array(
        [[padded[:, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max(axis=(2, 3)) for j in range(66)] for i in range(66)]
    ).transpose(2, 3, 0, 1)
    assert np.abs(found["pictures"] / 255 - slow).max() <= 1 / 510 + 1e-7
    header, found = unpacked(pack_heads(heads(weights, causal=True), exact=True))
    assert np.abs(found["cells"] / 1000 - weights).max() <= 0.0005 + 1e-7


def test_above_the_most_the_first_tokens_stay_and_it_is_said() -> None:
    weights = softmax_weights(4, (1, 2, 300, 300), causal=True)
    header, found = unpacked(pack_heads(heads(weights, causal=True), exact=True))
    assert header["cut"] == [300 - MOST_TOKENS, 300 - MOST_TOKENS]
    np.testing.assert_array_equal(found["cells"], np.rint(1000 * weights[:, :, :MOST_TOKENS, :MOST_TOKENS]))


@pytest.mark.parametrize(("causal", "most"), [(True, 1_000_000), (False, 2_000_000)])
def test_the_wire_is_within_its_limits_for_random_heads(causal: bool, most: int) -> None:
    weights = softmax_weights(5, (12, 12, 100, 100), causal=causal)  # random: real heads are emptier and smaller
    assert len(pack([pack_heads(heads(weights, causal=causal))])) + len(SCRIPT.encode()) < most


def test_what_does_not_fit_is_refused() -> None:
    weights = softmax_weights(6, (2, 3, 5, 7), causal=False)
    with pytest.raises(ValueError, match=r"5 queries and 7 keys, but \{'queries': 4\}"):
        pack_heads(Heads(weights=weights, queries=["q"] * 4, keys=["k"] * 7, causal=False))
    with pytest.raises(ValueError, match="'key_words': 3"):
        pack_heads(heads(weights, causal=False, key_words=[0, 1, 2]))
    with pytest.raises(ValueError, match=r"score 'self' has shape \(3, 2\), but there are 2 layers of 3 heads"):
        pack_heads(heads(weights, causal=False, scores={"self": np.zeros((3, 2))}))
    with pytest.raises(ValueError, match="nothing to draw"):
        pack_heads(heads(weights[:, :, :0], causal=False))


def test_an_answer_holds_integers_and_floats() -> None:
    rng = np.random.default_rng(7)
    whole, part = rng.integers(0, 1001, (3, 5)), rng.normal(size=(2, 7)).astype(np.float32)
    header, rest = framed(pack_answer({"what": "x"}, whole, part))
    body = zlib.decompress(rest)
    np.testing.assert_array_equal(np.frombuffer(body[:30], "<u2").reshape(3, 5), whole)
    np.testing.assert_array_equal(np.frombuffer(body[30:], "<f4").reshape(2, 7), part)
    assert [(each["shape"], each["type"]) for each in header["arrays"]] == [([3, 5], "u2"), ([2, 7], "f4")]


def test_a_page_carries_the_vectors_of_the_tokens_it_draws() -> None:
    rng = np.random.default_rng(11)
    query, key, value, bias = (
        rng.normal(size=size).astype(np.float32) for size in ((257, 5), (263, 5), (263, 5), (257, 263))
    )
    answer = pack_vectors(2, 3, query, key, value, scale=0.5, bias=bias, scheme="rotary", of="k")
    whole, rest = framed(pack([b"part"], answers=[answer, b"more"]))
    assert (whole["lengths"], whole["answers"]) == ([4], [len(answer), 4])
    assert rest == b"part" + answer + b"more"
    header, body = framed(answer)
    assert {name: header[name] for name in ("key", "what", "layer", "head", "d", "scale", "scheme")} == {
        "key": "k", "what": "vectors", "layer": 2, "head": 3, "d": 5, "scale": 0.5, "scheme": "rotary",
    }  # fmt: skip
    n = MOST_TOKENS
    expected = np.concatenate([each.reshape(-1) for each in (query[:n], key[:n], value[:n], bias[:n, :n])])
    np.testing.assert_array_equal(np.frombuffer(zlib.decompress(body), "<f4"), expected)
    assert [each["shape"] for each in header["arrays"]] == [[n, 5], [n, 5], [n, 5], [n, n]]


def test_sums_and_differences_of_integers_stay_within_their_bounds() -> None:
    a, b = (softmax_weights(seed, (2, 3, 50, 50), causal=True) for seed in (8, 9))
    ours_a, ours_b = integers(a).astype(int), integers(b).astype(int)
    assert np.abs((ours_a - ours_b) / 1000 - (a - b)).max() <= 0.001 + 1e-6  # half a unit each
    assert np.abs(ours_a.mean(axis=(0, 1)) / 1000 - a.mean(axis=(0, 1))).max() <= 0.0005 + 1e-6
    assert np.abs(ours_a[..., :5].sum(axis=-1) / 1000 - a[..., :5].sum(axis=-1)).max() <= 5 * 0.0005 + 1e-6


def test_the_page_to_take_away_is_whole_and_escaped() -> None:
    weights = softmax_weights(10, (2, 3, 2, 2), causal=True)
    page = explorer_html(weights, ["</script><script>x()</script>", "b"])
    assert page.count("<script") == 1
    assert "x()" not in page
    assert "default-src 'none'" in page
    for left in ("LIGHT_", "DARK_", "SCRIPT", "STYLE\n", "'DATA'", "import {"):
        assert left not in page, left
    assert "http:" not in page.replace("http://www.w3.org/2000/svg", "")
