"""What is read: the sentence, an example, what the decoder reads, and a link to all of it."""

import streamlit as st

from headlight.model.admitting.facts import ModelFacts
from headlight.model.reading.tokens import clean
from headlight.pages.frame import address
from headlight.pages.frame.components import address_button, enter_runs
from headlight.pages.frame.examples import PRESETS, found, preset_of
from headlight.pages.frame.examples.notices import Preset
from headlight.pages.frame.models import model_titles, take_model
from headlight.pages.frame.registry import PAGES, PageEntry
from headlight.viz.escape import markdown_text


def sentence_box() -> str:
    """Ask for the sentence, in a box as high as the sentence, and return what was typed."""
    asked = address.from_outside("text")
    st.session_state["_may_restore"] = "_text_box" not in st.session_state and asked is None
    if asked is not None:
        address.remember("text", asked)
    address.seed("_text_box", address.remembered("text", PRESETS[0].text), anew=asked is not None)
    typed, n_broken = clean(st.session_state["_text_box"])
    if n_broken:  # else the box is left alone: what is being typed in it stays
        st.session_state["_text_box"] = typed
    text: str = st.text_area(
        "Your sentence",
        key="_text_box",
        height="content",
        placeholder="Type a sentence and press Enter",
        label_visibility="collapsed",
    )
    enter_runs("_enter")
    address.remember("text", text)
    address.write("text", text if address.fits_link(text) else None)
    return text


@st.fragment
def example_list() -> None:
    """Offer the examples, in groups, with a search. Nothing is drawn before the list is opened."""
    if st.session_state.pop("_example_taken", False):
        st.rerun()  # the whole page, not this list alone
    with st.popover("Examples", icon=":material/lightbulb:", key="_examples", on_change="rerun") as examples:
        if not examples.open:
            return
        with st.container(key="example_list", gap="xxsmall"):
            words = st.text_input(
                "Search the examples",
                key="_example_search",
                type="search",
                live=True,
                placeholder="Search: bank, verb, translate …",
                label_visibility="collapsed",
            )
            groups = found(words or "")
            for group in groups:
                st.markdown(f"**{group.title}**")
                for preset in group.presets:
                    st.button(
                        f"{preset.title}  \n*{markdown_text(preset.text)}*",
                        key=f"_example_{preset.title}",
                        on_click=_take_preset,
                        args=(preset,),
                        type="tertiary",
                        width="stretch",
                        wrap=True,
                    )
            if not groups:
                st.markdown("No example has all these words. Try fewer, or another one.")


def _take_preset(preset: Preset) -> None:
    """Put an example into the boxes, clear those that it leaves empty, and close the list."""
    st.session_state["_text_box"] = preset.text
    for name, value in preset.boxes.items():
        address.choose(name, value)
    st.session_state["_examples"] = False
    st.session_state["_example_taken"] = True


def way_on(page: PageEntry, text: str, model: str) -> None:
    """For an example: on which other pages it shows something, or, when it shows nothing, with which model."""
    preset = preset_of(text)
    if preset is None:
        return
    paths = [notice.page for notice in preset.notices_for(model)]
    for each in PAGES:
        if each.path in paths and each != page:
            st.page_link(each.file, label=f"See it on {each.title}", icon=":material/arrow_forward:")
    if paths:
        return
    for name in preset.models:
        st.button(
            f"Try this example with the {model_titles()[name]}",
            key=f"_example_model_{name}",
            on_click=take_model,
            args=(name,),
            type="tertiary",
            icon=":material/swap_horiz:",
        )


def target_box(facts: ModelFacts) -> str:
    """Ask what the decoder of an encoder-decoder reads."""
    if facts.kind != "encoder-decoder":
        address.write("target", None)
        return ""
    text = address.text_choice(
        "target", "What the decoder reads", placeholder="empty: what the model writes itself", sentence=True
    )
    return clean(text)[0]


def link_button(text: str) -> None:
    """Draw the copy-link button, which also keeps a text that is too long for a link in the browser's tab."""
    fits = address.fits_link(text)
    data: dict[str, str | None] = {
        "note": "" if fits else "This sentence is too long for a link: the link opens this page and model without it."
    }
    if not st.session_state["_may_restore"]:  # else the tab is asked whether it kept a text before a reload
        data["keep"] = None if fits else text
    address_button(data=data, key="_link", width="content", on_restored_change=_take_kept_text)


def _take_kept_text() -> None:
    st.session_state["_text_box"] = st.session_state["_link"]["restored"]
