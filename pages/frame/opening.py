"""How a page begins: the sentence and the model, the title, and the trace of that model on that sentence."""

from typing import Literal

import streamlit as st

from headlight.model.admitting import catalog
from headlight.model.engine import default_engine
from headlight.model.errors import HeadlightError
from headlight.model.questions import last_that_fit
from headlight.model.trace import Trace
from headlight.pages.frame import address
from headlight.pages.frame.examples import preset_of
from headlight.pages.frame.models import facts_of, model_details, model_picker, show_failure
from headlight.pages.frame.registry import page_at
from headlight.pages.frame.sentence import example_list, link_button, sentence_box, target_box, way_on
from headlight.pages.frame.view import View, labels
from headlight.viz.chips import token_strip
from headlight.viz.escape import html_text
from headlight.viz.style import STYLE


def open_page(path: str, *, strip: bool = True, keep: Literal["first", "last"] = "first") -> View:
    """Draw the sentence, the model and the title, and return the view. Stops the page when there is none.

    `keep` says which tokens of a text that is too long are read.
    """
    address.enter(path)
    page = page_at(path)
    st.html(f"<style>{STYLE}</style>")
    with st.container(key="sentence_bar", horizontal=True):
        text = sentence_box()
        name = model_picker()
        example_list()
    below = st.container()
    with st.container(key="title_bar", horizontal=True, vertical_alignment="center"):
        st.title(page.title, anchor=False, width="content")
        way_on(page, text, name)
        with st.container(key="title_tools", horizontal=True, vertical_alignment="center", width="content"):
            details = st.container(width="content")
            link_button(text)
    try:
        source = catalog.admit_typed(name)
        facts = facts_of(source)
        with details:
            model_details(facts)
        with below:
            target = target_box(facts)
        grows = keep == "last" and facts.kind not in ("encoder", "encoder-decoder")  # at the end of what was typed
        window = last_that_fit(source, text) if grows else None
        trace = default_engine().trace(source, window.text if window else text, target or None)
        view = View(trace=trace, facts=facts, source=source, target=target, window=window)
        _say_what_was_changed(text, view.trace)
        if strip:
            st.html(token_strip(labels(view.stack), view.stack.special.tolist()))
        if "text_b" not in page.parameters:
            say_what_to_notice(path, view)
        return view
    except HeadlightError as error:
        show_failure(name, error)
    return st.stop()


def say_what_to_notice(path: str, view: View, *, beside: Trace | None = None) -> None:
    """Say what there is to notice on a page, when all that was read is as an example has it.

    `beside` is what a page that compares compares with.
    """
    trace = view.trace
    preset = preset_of(trace.text)
    if preset is None or preset.target != view.target:
        return
    if beside is not None and (beside.text, beside.model_name) != (preset.second or preset.text, trace.model_name):
        return
    for notice in preset.notices_for(trace.model_name):
        if notice.page == path:
            st.html(f'<p class="notice"><b>Notice</b> {html_text(notice.sentence)}</p>')


def _say_what_was_changed(text: str, trace: Trace) -> None:
    n_broken = text.count("\ufffd")
    if n_broken:
        st.info(
            f"{n_broken} broken character{'s stand' if n_broken > 1 else ' stands'} as “\ufffd” in the text: what was "
            "there, half of a surrogate pair for example, is no character and was replaced.",
            icon=":material/healing:",
        )
    if trace.cut is not None:
        characters, tokens = trace.cut
        parts = [f"{characters:,} characters"] * bool(characters) + [f"{tokens:,} more tokens"] * bool(tokens)
        st.info(
            f"The text is longer than this model reads here: its beginning is shown, {' and '.join(parts)} at the end "
            "were left out.",
            icon=":material/content_cut:",
        )
