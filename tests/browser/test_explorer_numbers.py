"""The explorer's arithmetic on whole random heads: what it makes of integers stays within the error it states."""

import base64
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from headlight.model.science.attention import jensen_shannon, rank_correlation, rollout, softmax
from headlight.viz.explorer import SCRIPT, Heads, pack, pack_heads

N_LAYERS, N_HEADS, N_TOKENS = 12, 12, 100
LOOK = {"show": "head", "of": "layer", "chosen": [], "words": False, "hideFirst": False, "hideSpecial": False}


@pytest.fixture(scope="module")
def modules(browser: Browser) -> Iterator[Page]:
    """Return an empty page in which the explorer's functions can be called."""
    page = browser.new_page()
    names = "unpack, shownMatrix, rollout, rowDistances, rankCorrelation, difference, digitsFor, written"
    script = SCRIPT.replace("export default ", "")
    page.set_content(f"<script type=module>{script}\nwindow.modules = {{ {names} }};</script>")
    page.wait_for_function("window.modules")
    yield page
    page.close()


def random_heads(seed: int, *, causal: bool, sharpness: float = 2.0, sink: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    scores = sharpness * rng.normal(size=(N_LAYERS, N_HEADS, N_TOKENS, N_TOKENS))
    scores[..., 0] += sink
    if causal:
        scores = np.where(np.tri(N_TOKENS, dtype=bool), scores, -np.inf)
    weights: np.ndarray = softmax(scores).astype(np.float32)
    return weights


def hold(page: Page, name: str, weights: np.ndarray, *, causal: bool) -> None:
    """Unpack heads in the page, as `window[name]`."""
    tokens = [str(i) for i in range(weights.shape[2])]
    packed = pack([pack_heads(Heads(weights=weights, queries=tokens, keys=tokens, causal=causal))])
    page.evaluate(
        "async ([name, data]) => { const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));"
        " window[name] = (await modules.unpack(bytes)).parts[0]; }",
        [name, base64.b64encode(packed).decode()],
    )


def matrix(page: Page, name: str, head: tuple[int, int], **look: object) -> tuple[np.ndarray, np.ndarray]:
    """Return the values (NaN where hidden) and the error of each row of what a look shows."""
    values, errors = page.evaluate(
        "([name, look, head]) => { const shown = modules.shownMatrix(window[name], look, head);"
        " return [[...shown.values].map((each) => Number.isNaN(each) ? null : each), [...shown.errors]]; }",
        [name, LOOK | look, list(head)],
    )
    found = np.array([np.nan if each is None else each for each in values]).reshape(N_TOKENS, N_TOKENS)
    return found, np.array(errors)


@pytest.mark.parametrize("causal", [True, False])
def test_every_integer_arrives(modules: Page, causal: bool) -> None:
    weights = random_heads(1, causal=causal)
    hold(modules, "a", weights, causal=causal)
    sent = modules.evaluate("() => { let text = ''; for (const each of a.ints) text += String.fromCharCode(each);"
                            " return text; }")  # fmt: skip
    np.testing.assert_array_equal(np.array([ord(each) for each in sent]), np.rint(1000 * weights).ravel())


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("sharpness", [0.5, 2.0, 5.0])
def test_rollout_through_twelve_layers_is_right_to_its_two_decimals(
    modules: Page, causal: bool, sharpness: float
) -> None:
    weights = random_heads(2, causal=causal, sharpness=sharpness)
    hold(modules, "a", weights, causal=causal)
    exact = rollout(weights)
    for layer in (0, 5, 11):
        values, errors = matrix(modules, "a", (layer, 0), show="rollout")
        wrong = np.abs(np.nan_to_num(values) - exact[layer]).max()
        assert wrong <= 0.0025, "half of what is stated"
        assert (errors == np.float32(0.005)).all()
        np.testing.assert_allclose(np.nansum(values, axis=1), 1, atol=1e-5)


def test_mean_and_maximum_of_all_heads(modules: Page) -> None:
    weights = random_heads(3, causal=False)
    hold(modules, "a", weights, causal=False)
    for show, exact in (("mean", weights.mean(axis=(0, 1), dtype=np.float64)), ("max", weights.max(axis=(0, 1)))):
        values, errors = matrix(modules, "a", (0, 0), show=show, of="all")
        assert np.abs(values - exact).max() <= errors.max() + 1e-6 <= 0.0005 + 2e-6


@pytest.mark.parametrize("sink", [0.0, 3.0, 6.0, 9.0])
def test_what_is_left_beside_a_sink_is_written_with_as_many_digits_as_are_right(modules: Page, sink: float) -> None:
    weights = random_heads(4, causal=True, sink=sink).astype(np.float64)
    hold(modules, "a", weights.astype(np.float32), causal=True)
    for head in ((0, 3), (7, 11)):
        values, errors = matrix(modules, "a", head, hideFirst=True)
        left = weights[head][:, 1:].sum(axis=1, keepdims=True)
        exact = np.full((N_TOKENS, N_TOKENS), np.nan)
        exact[1:, 1:] = np.where(np.tri(N_TOKENS - 1, dtype=bool), weights[head][1:, 1:] / left[1:], np.nan)
        written = modules.evaluate(
            "([values, errors, width]) => values.map((each, cell) => each === null ? null"
            " : modules.written(each, errors[Math.floor(cell / width)]))",
            [[None if np.isnan(each) else each for each in values.ravel()], errors.tolist(), N_TOKENS],
        )
        n_written = 0
        for text, value in zip(written, exact.ravel(), strict=True):
            if text is None or text.startswith("too"):
                continue
            digits = len(text.split(".")[1]) if "." in text else 0
            assert abs(float(text) - value) <= 10.0**-digits + 1e-6
            n_written += 1
        if sink < 4:
            assert n_written > 4000


def test_differences_are_right_to_one_unit(modules: Page) -> None:
    weights = random_heads(5, causal=True)
    hold(modules, "a", weights, causal=True)
    a, b = (matrix(modules, "a", head)[0] for head in ((0, 0), (9, 4)))
    exact = weights[0, 0].astype(np.float64) - weights[9, 4]
    assert np.abs((a - b) - exact)[np.tri(N_TOKENS, dtype=bool)].max() <= 0.001 + 1e-6


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("sharpness", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("likeness", [0.0, 0.5, 0.9, 0.99, 1.0])
def test_distance_and_order_of_rounded_heads(modules: Page, causal: bool, sharpness: float, likeness: float) -> None:
    weights = random_heads(6, causal=causal, sharpness=sharpness)
    weights[1] = likeness * weights[0] + (1 - likeness) * weights[1]  # from unrelated to the very same
    hold(modules, "a", weights, causal=causal)
    p, q = weights[0, 0], weights[1, 0]
    distances, order = modules.evaluate(
        "(look) => { const [p, q] = [[0, 0], [1, 0]].map((head) => modules.shownMatrix(a, look, head));"
        " return [[...modules.rowDistances(p, q)], modules.rankCorrelation(p, q)]; }",
        LOOK,
    )
    exact = jensen_shannon(p, q)
    assert np.abs(np.array(distances) - exact).max() <= 0.04  # written with one decimal
    assert abs(np.mean(distances) - exact.mean()) <= 0.01  # written with two
    seen = np.tri(N_TOKENS, dtype=bool) if causal else np.ones((N_TOKENS, N_TOKENS), bool)
    rounded = [np.rint(1000 * each.astype(np.float64))[seen] for each in (p, q)]
    assert order == pytest.approx(rank_correlation(*rounded), abs=1e-9)


def test_digits_follow_the_error(modules: Page) -> None:
    given = [
        [0.1234, 0.0005],
        [0.1234, 0.004],
        [0.1234, 0.03],
        [-0.0001, 0.0005],
        [-0.25, 0.0005],
        [0.5, 0.7],
        [12.3, 0.01],
    ]
    written = modules.evaluate("(given) => given.map(([value, error]) => modules.written(value, error))", given)
    assert written == ["0.123", "0.12", "0.1", "0.000", "−0.250", "too small a rest to say", "12.3"]
