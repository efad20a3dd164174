"""How do two heads read, side by side: of one layer or two, one sentence or two, one model or two?"""

import streamlit as st

from headlight.explorer import ATTENTION_NAMES
from headlight.model.admitting import catalog
from headlight.model.engine import default_engine
from headlight.model.errors import HeadlightError
from headlight.model.trace import Trace
from headlight.pages.frame import address
from headlight.pages.frame.closing import explain
from headlight.pages.frame.explorer import draw_explorer, pick_attention
from headlight.pages.frame.models import model_titles
from headlight.pages.frame.opening import open_page, say_what_to_notice
from headlight.pages.frame.view import View
from headlight.viz.escape import markdown_text


def trace_of_b(view: View) -> Trace:
    """Ask for B's sentence and model, which are A's unless something else is given, and return its trace."""
    with st.expander("Give B another sentence or another model", icon=":material/call_split:"):
        text = address.text_choice("text_b", "B's sentence", placeholder="empty: the same as A", sentence=True)
        titles = model_titles()
        name = address.choice(
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


view = open_page("compare_heads", strip=False)
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
say_what_to_notice("compare_heads", view, beside=trace_b)
draw_explorer([(view.trace, attention), (trace_b, attention_b)], "compare")
explain(
    "A and B are two heads on one scale from 0 to 1; point at a cell of one and the same cell lights up in the others. "
    "In A − B, orange is where A reads more and blue where B does. The Jensen-Shannon distance is 0 when two heads "
    "read a row alike and 1 when they read nothing in common; the rank correlation asks only whether both put the "
    "cells in the same order. They say that two heads differ, not which one matters.",
    ("attention map", "head", "layer", "weights", "Jensen-Shannon distance", "rank correlation"),
)
