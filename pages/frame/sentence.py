"""What is read: the sentence, an example, what the decoder reads, and a link to all of it."""

import streamlit as st

from headlight.model.admitting.facts import ModelFacts
from headlight.model.reading.tokens import clean
from headlight.pages.frame import address
from headlight.pages.frame.components import address_button
from headlight.pages.frame.examples import PRESETS, preset_of
from headlight.pages.frame.models import model_titles, take_model
from headlight.pages.frame.registry import PAGES, PageEntry


def sentence_box() -> str:
    """Ask for the sentence, or one of the examples, and return what was typed."""
    asked = address.from_outside("text")
    st.session_state["_may_restore"] = "_text_box" not in st.session_state and asked is None
    if asked is not None:
        address.remember("text", asked)
    address.seed("_text_box", address.remembered("text", PRESETS[0].text), anew=asked is not None)
    text, n_broken = clean(st.session_state["_text_box"])
    if n_broken:  # else the box is left alone: what is being typed in it stays
        st.session_state["_text_box"] = text
    text = st.text_input("Your sentence", key="_text_box", help="Press Enter and every page reads it.")
    st.selectbox(
        "Examples",
        [preset.text for preset in PRESETS],
        index=None,
        key="_preset",
        on_change=_take_preset,
        format_func=_title_of,
        placeholder="or choose an example",
        label_visibility="collapsed",
    )
    address.remember("text", text)
    address.write("text", text if address.fits_link(text) else None)
    return text


def _title_of(text: str) -> str:
    preset = preset_of(text)
    return text if preset is None else preset.title


def _take_preset() -> None:
    """Put an example into the boxes, and clear those that it leaves empty."""
    preset = preset_of(st.session_state["_preset"])
    st.session_state["_preset"] = None
    if preset is not None:
        st.session_state["_text_box"] = preset.text
        for name, value in preset.boxes.items():
            address.choose(name, value)


def way_on(page: PageEntry, text: str, model: str) -> None:
    """Under an example: on which other pages it shows something, or, when it shows nothing here, with which model."""
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
            f"Try it with the {model_titles()[name]}",
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
    text = address.text_choice("target", "What the decoder reads", placeholder="empty: what the model writes itself")
    return clean(text)[0]


def link_button(text: str) -> None:
    """Draw the copy-link button, which also keeps a text that is too long for a link in the browser's tab."""
    fits = address.fits_link(text)
    data: dict[str, str | None] = {
        "note": "" if fits else "This sentence is too long for a link: the link opens this page and model without it."
    }
    if not st.session_state["_may_restore"]:  # else the tab is asked whether it kept a text before a reload
        data["keep"] = None if fits else text
    address_button(data=data, key="_link", on_restored_change=_take_kept_text)


def _take_kept_text() -> None:
    st.session_state["_text_box"] = st.session_state["_link"]["restored"]
