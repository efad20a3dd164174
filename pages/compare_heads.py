"""How do two heads read, side by side: of one layer or two, one sentence or two, one model or two?"""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from model import catalog
from model.attention import jensen_shannon
from model.engine import default_engine
from model.errors import HeadlightError
from model.trace import Attention, Trace
from pages import _address
from pages._heads import ATTENTION_NAMES, axes_of, masked_weights, pick_attention
from pages._models import model_titles
from pages._shared import View, downloads, explain, labels, matrices, open_page
from viz.chips import value_strip
from viz.escape import markdown_text
from viz.heatmap import Axes, Map, Words, pack
from viz.table import Columns, long_form


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Side:
    """One of the two heads."""

    trace: Trace
    attention: Attention
    layer: int
    head: int

    @property
    def weights(self) -> np.ndarray:
        """The head's weights as they are in the Trace: (query, key)."""
        weights: np.ndarray = self.attention.weights[self.layer, self.head]
        return weights

    @property
    def axes(self) -> Axes:
        """The tokens of both axes."""
        return axes_of(self.trace, self.attention)

    def map(self, name: str) -> Map:
        """Return the head as a map."""
        values = masked_weights(self.attention, self.layer)[self.head]
        return Map(name=f"{name}: layer {self.layer}, head {self.head}", values=values, axes=self.axes)


def pick_head(name: str, attention: Attention, default: tuple[int, int]) -> tuple[int, int]:
    """Show the choice of a head and return its layer and number."""
    heads = [(layer, head) for layer in range(attention.n_layers) for head in range(attention.n_heads)]
    return _address.choice(
        name,
        heads,
        default if default in heads else heads[-1],
        lambda key: st.selectbox(
            f"Head {name.upper()}", heads, key=key, format_func=lambda each: f"Layer {each[0]}, head {each[1]}"
        ),
        what="head",
        spell=lambda each: f"{each[0]}.{each[1]}",
    )


def trace_of_b(view: View) -> Trace:
    """Ask for B's sentence and model, which are A's unless something else is given, and return its trace."""
    with st.expander("Give B another sentence or another model", icon=":material/call_split:"):
        text = _address.text_choice("text_b", "B's sentence", placeholder="empty: the same as A")
        titles = model_titles()
        name = _address.choice(
            "model_b",
            ("", *titles),
            "",
            lambda key: st.selectbox(
                "B's model", ("", *titles), key=key, format_func=lambda each: titles.get(each, "the same as A")
            ),
            what="model",
        )
    source = catalog.admit_typed(name) if name else view.source
    target = view.trace.target_text if source == view.source and not text else None
    return default_engine().trace(source, text or view.trace.text, target)


def compared(a: Side, b: Side) -> list[Map]:
    """Return the maps to draw: both heads and, when their cells stand for the same positions, the difference."""
    maps = [a.map("A"), b.map("B")]
    if a.weights.shape == b.weights.shape:
        maps.append(
            Map(
                name="A − B",
                values=maps[0].values - maps[1].values,
                axes=a.axes,
                scale="difference",
                low=-1.0,
                high=1.0,
                quantity="difference A − B",
            )
        )
    return maps


def side_columns(a: Side, b: Side) -> Columns:
    """Return the cells of both heads under each other, with the head each belongs to."""
    tables = [
        long_form(side.map("").values, side.axes.rows, side.axes.columns, names=("query", "key", "weight"))
        for side in (a, b)
    ]
    sizes = [side.weights.size for side in (a, b)]
    return {
        "side": np.repeat(["A", "B"], sizes),
        "layer": np.repeat([a.layer, b.layer], sizes),
        "head": np.repeat([a.head, b.head], sizes),
        **{name: np.concatenate([np.asarray(table[name]) for table in tables]) for name in tables[0]},
    }


def draw_distance(view: View, a: Side, b: Side) -> None:
    """Draw how far apart the two heads are, query by query; say why not when their keys differ."""
    if a.weights.shape != b.weights.shape:
        st.info(
            f"A has {a.weights.shape[0]} × {a.weights.shape[1]} tokens and B {b.weights.shape[0]} × "
            f"{b.weights.shape[1]}, so their cells do not stand for the same positions and there is no difference to "
            "draw. Give both the same number of tokens.",
            icon=":material/info:",
        )
        return
    if a.attention.query_tokens != b.attention.query_tokens or a.attention.key_tokens != b.attention.key_tokens:
        st.info("The tokens differ, so A and B are compared position by position.", icon=":material/info:")
    distances = jensen_shannon(a.weights, b.weights)  # (query,)
    mean = float(distances.mean())
    st.markdown(f"**Jensen-Shannon distance** of the two heads, for each query; their mean is **{mean:.3f}**.")
    stack = a.trace.stack_of(a.attention.kind, "query")
    st.html(value_strip(labels(stack), stack.special.tolist(), distances.tolist()))
    downloads(
        view,
        "head-distance",
        lambda: {"position": range(len(distances)), "query": labels(stack), "jensen_shannon_distance": distances},
    )


view = open_page("compare_heads")
attention = pick_attention(view)
try:
    trace_b = trace_of_b(view)
except HeadlightError as error:
    st.error(f"B: {markdown_text(str(error))} B shows the same as A until then.", icon=":material/info:")
    trace_b = view.trace
attention_b = next((each for each in trace_b.attentions if each.kind == attention.kind), None)
if attention_b is None:
    st.info(
        f"B's model has no attention of the kind “{ATTENTION_NAMES[attention.kind]}”, so B shows A's.",
        icon=":material/info:",
    )
    trace_b, attention_b = view.trace, attention
columns = st.columns(2)
with columns[0]:
    layer_a, head_a = pick_head("a", attention, (2, 7))
with columns[1]:
    layer_b, head_b = pick_head("b", attention_b, (attention_b.n_layers - 1, 0))
a = Side(trace=view.trace, attention=attention, layer=layer_a, head=head_a)
b = Side(trace=trace_b, attention=attention_b, layer=layer_b, head=head_b)
matrices(pack(compared(a, b), words=Words()), key="compare-heads")
downloads(view, "compare-heads", lambda: side_columns(a, b))
draw_distance(view, a, b)
explain(
    "A and B are two heads on one scale from 0 to 1; point at a cell of one and the same cell lights up in the others. "
    "In A − B, orange is where A reads more and blue where B does. The Jensen-Shannon distance is 0 when two heads "
    "read a row alike and 1 when they read nothing in common. It says that two heads differ, not which one matters.",
    ("attention map", "head", "layer", "weights", "Jensen-Shannon distance"),
)
