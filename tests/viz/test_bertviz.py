"""Our page of BertViz hands its JavaScript what BertViz's own Python does, escaped and without a network."""

import hashlib
import json
import subprocess
import sys
from typing import Any, Literal

import numpy as np
import pytest

from headlight.viz import bertviz
from headlight.viz.bertviz import VENDOR, bertviz_html, height_of, parameters, tokens_that_fit

Kind = Literal["attention", "cross_attention"]


def theirs(weights: np.ndarray, queries: list[str], keys: list[str], *, view: str, kind: Kind) -> dict[str, Any]:
    """Return the parameters in the page that BertViz itself writes."""
    program = """
import json, sys, torch
import bertviz
given = json.load(sys.stdin)
attention = [torch.tensor(layer, dtype=torch.float32)[None] for layer in given["weights"]]
tokens = {"tokens": given["queries"]} if given["kind"] == "attention" else {
    "decoder_tokens": given["queries"], "encoder_tokens": given["keys"]}
options = {"display_mode": "light"} if given["view"] == "model" else {}
page = getattr(bertviz, given["view"] + "_view")(
    **{given["kind"]: attention}, **tokens, **options, html_action="return", prettify_tokens=False)
sys.stdout.write(page.data)
"""
    given = {"weights": weights.tolist(), "queries": queries, "keys": keys, "view": view, "kind": kind}
    # A process of its own: it brings torch and IPython, and warns.
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(given), capture_output=True, text=True, check=True
    )
    start = done.stdout.index("const params = ") + len("const params = ")
    found: dict[str, Any] = json.JSONDecoder().raw_decode(done.stdout[start:])[0]
    return found


def random_weights(n_queries: int, n_keys: int) -> np.ndarray:
    weights = np.random.default_rng(3).random((3, 2, n_queries, n_keys), dtype=np.float32)
    normed: np.ndarray = weights / weights.sum(axis=-1, keepdims=True)
    return normed


@pytest.mark.parametrize("view", ["head", "model"])
@pytest.mark.parametrize("kind", ["attention", "cross_attention"])
def test_the_parameters_are_bertvizs_own(view: bertviz.View, kind: Kind) -> None:
    n_keys = 5 if kind == "attention" else 7
    queries = [f"q{i}" for i in range(5)]
    keys = queries if kind == "attention" else [f"k{i}" for i in range(7)]
    weights = random_weights(5, n_keys)
    expected = theirs(weights, queries, keys, view=view, kind=kind)
    ours = json.loads(
        json.dumps(parameters(weights, queries, keys, view=view, name=None if kind == "attention" else "Cross"))
    )
    assert expected.pop("root_div_id").startswith("bertviz-")
    assert ours.pop("root_div_id") == "bertviz"
    assert ours == expected


@pytest.mark.parametrize("view", ["head", "model"])
def test_the_page_is_escaped_and_asks_nobody(view: bertviz.View) -> None:
    page = bertviz_html(random_weights(2, 2), ["</script><script>x()</script>", "<b>&"], ["a", "b"], view=view)
    harmless = bertviz_html(random_weights(2, 2), ["x", "y"], ["a", "b"], view=view)
    assert page.count("<script") == harmless.count("<script")
    assert page.count("</script>") == 4
    assert "x()</script>" not in page
    assert "\\u003c/script\\u003e\\u003cscript\\u003ex()" in page
    assert "default-src 'none'" in page
    assert "PYTHON_PARAMS;" not in page
    for licence in ("Apache License", "Mike Bostock", "OpenJS Foundation"):
        assert licence in page


def test_tokens_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="but there are 3 and 7 tokens"):
        parameters(random_weights(5, 7), list("abc"), list("abcdefg"), view="head")


def test_a_text_is_cut_before_a_browser_freezes() -> None:
    assert tokens_that_fit(12, 12, "model") == 20
    assert tokens_that_fit(6, 8, "model") == 35
    assert tokens_that_fit(12, 12, "head") == 41
    assert tokens_that_fit(2, 2, "head") == 64
    assert height_of(12, 12, 20, "model") > 12 * 20 * 7
    assert height_of(6, 8, 40, "head") > 900


def test_the_package_is_read_and_not_imported() -> None:
    program = (
        "import sys, numpy as np; from headlight.viz.bertviz import bertviz_html;"
        "bertviz_html(np.ones((1, 1, 1, 1), np.float32), ['a'], ['a'], view='head');"
        "print([name for name in ('bertviz', 'torch', 'IPython') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_vendored_files_are_exact() -> None:
    lines = (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split() for line in lines)}
    files = {path.name for path in VENDOR.iterdir()} - {"SHA256SUMS"}
    assert set(sums) == files
    for name, expected in sums.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == expected, name
