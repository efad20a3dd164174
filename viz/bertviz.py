"""BertViz's own head view and model view (Vig 2019), as a page that needs no network and runs no text.

BertViz's JavaScript is read from the installed package without importing it, which would bring torch and IPython
along. The libraries it takes from a network stand in `vendor/`. It draws one line for each weight, so a long text is
cut before it is drawn.
"""

import importlib.metadata
import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from headlight.viz.escape import html_text, script_json

View = Literal["head", "model"]

VENDOR = Path(__file__).parent / "vendor"
MOST_WEIGHTS: dict[View, int] = {"head": 250_000, "model": 60_000}  # above, a browser freezes
MOST_TOKENS = 64
_ROOT_ID = "bertviz"
_ZOOM: dict[View, float] = {"head": 1, "model": 0.88}  # the model view is 970 pixels wide, our column 870

# What BertViz expects of require.js, which loads scripts from a network: the two libraries are here already.
_REQUIRE = "var require = { config() {} }; function requirejs(names, run) { run(jQuery, d3); }"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<title>BertViz</title>
<style>body {{ background: #FFFFFF; color: #000000; color-scheme: light; font-family: Helvetica, Arial, sans-serif; }} pre {{ white-space: pre-wrap; }} #vis {{ zoom: {zoom}; }}</style>
</head>
<body>
<div id="{root}"><span>{select}</span><div id="vis"></div></div>
<script>{d3}</script>
<script>{jquery}</script>
<script>{require}</script>
<script>{view}</script>
<details><summary>Licences</summary><pre>{licences}</pre></details>
</body>
</html>
"""  # noqa: E501


def tokens_that_fit(n_layers: int, n_heads: int, view: View) -> int:
    """Return how many tokens BertViz draws without freezing a browser."""
    return min(MOST_TOKENS, int((MOST_WEIGHTS[view] / (n_layers * n_heads)) ** 0.5))


def parameters(
    weights: Float[np.ndarray, "layer head query key"],
    queries: Sequence[str],
    keys: Sequence[str],
    *,
    view: View,
    name: str | None = None,
) -> dict[str, Any]:
    """Return what BertViz's Python hands to its JavaScript. `name` is None, or "Cross" for cross-attention.

    Raises ValueError when the tokens do not fit the weights.
    """
    if weights.shape[2:] != (len(queries), len(keys)):
        raise ValueError(f"the weights have shape {weights.shape}, but there are {len(queries)} and {len(keys)} tokens")
    attention = [{"name": name, "attn": weights.tolist(), "left_text": list(queries), "right_text": list(keys)}]
    n_layers, n_heads = weights.shape[:2]
    shared = {"attention": attention, "default_filter": "0", "root_div_id": _ROOT_ID}
    if view == "head":
        return {**shared, "layer": None, "heads": None, "include_layers": list(range(n_layers))}
    return {
        **shared,
        "display_mode": "light",
        "include_layers": list(range(n_layers)),
        "include_heads": list(range(n_heads)),
        "total_heads": n_heads,
    }


def bertviz_html(
    weights: Float[np.ndarray, "layer head query key"],
    queries: Sequence[str],
    keys: Sequence[str],
    *,
    view: View,
    name: str | None = None,
) -> str:
    """Return a page with BertViz's view of the weights. Raises ValueError when the tokens do not fit the weights."""
    script = _script(view).replace(
        "PYTHON_PARAMS;", script_json(parameters(weights, queries, keys, view=view, name=name)) + ";", 1
    )
    return _PAGE.format(
        root=_ROOT_ID,
        zoom=_ZOOM[view],
        select='Layer: <select id="layer"></select>' if view == "head" else "",
        d3=_inline(_vendored("d3-5.7.0.min.js")),
        jquery=_inline(_vendored("jquery-3.7.1.min.js")),
        require=_REQUIRE,
        view=script,
        licences=html_text(_licences()),
    )


def height_of(n_layers: int, n_heads: int, n_tokens: int, view: View) -> int:
    """Return the height of the drawing in pixels, as BertViz works it out, with room for what stands around it."""
    if view == "head":
        return round(22.5 * n_tokens + 30) + 110
    thumbnails = n_layers * (n_tokens * 7 * 12 / n_heads + 10) + 38
    return round(max(thumbnails, n_tokens * 18 + 55)) + 80


@cache
def _script(view: View) -> str:
    """Return BertViz's JavaScript of a view; its own comments and marker included."""
    spec = importlib.util.find_spec("bertviz")
    if spec is None or not spec.submodule_search_locations:
        raise ValueError("BertViz is not installed")
    return (Path(spec.submodule_search_locations[0]) / f"{view}_view.js").read_text(encoding="utf-8")


@cache
def _vendored(name: str) -> str:
    return (VENDOR / name).read_text(encoding="utf-8")


def _inline(script: str) -> str:
    return script.replace("</script", "<\\/script")


@cache
def _licences() -> str:
    bertviz = importlib.metadata.distribution("bertviz").read_text("licenses/LICENSE") or "Apache-2.0"
    return "\n\n".join(
        f"{title}\n\n{text}"
        for title, text in (
            ("BertViz, Copyright Jesse Vig", bertviz),
            ("d3 5.7.0", _vendored("d3-LICENSE.txt")),
            ("jQuery 3.7.1", _vendored("jquery-LICENSE.txt")),
        )
    )
