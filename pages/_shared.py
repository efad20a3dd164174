"""What every page has: the sentence box, the model picker, the trace, the glossary and the downloads."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import streamlit as st

from model import catalog
from model.engine import default_engine, settle_memory
from model.errors import HeadlightError
from model.facts import ModelFacts
from model.tokens import clean, label
from model.trace import Stack, Trace
from model.window import Window, last_that_fit
from pages import _address
from pages._models import DEFAULT_MODEL, facts_of, model_details, model_picker, model_titles, show_failure, take_model
from pages._presets import PRESETS, preset_of
from viz import address as address_button
from viz import bars, camera, heatmap
from viz import lines as line_charts
from viz.chips import token_strip
from viz.escape import html_text, markdown_text
from viz.table import Columns, csv_text, json_text

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEntry:
    """A page of the app: its file, its place in the navigation, and the choices its address remembers.

    The path is the file's name, as in Streamlit's own scheme for a folder called pages/: it holds until app.py has run
    once, so any other path would be unknown to the first visitor of a process who came by a link.
    """

    file: str
    title: str
    path: str
    parameters: tuple[str, ...] = ()


PAGES: tuple[PageEntry, ...] = (
    PageEntry(file="pages/overview.py", title="Overview", path=""),
    PageEntry(file="pages/tokens.py", title="Tokens", path="tokens"),
    PageEntry(
        file="pages/embeddings.py",
        title="Embeddings",
        path="embeddings",
        parameters=("words", "token", "stack", "vectors", "origin", "depth"),
    ),
    PageEntry(
        file="pages/positions.py",
        title="Positions",
        path="positions",
        parameters=(
            "section",
            "stack",
            "rows",
            "dimensions",
            "token",
            "measure",
            "d",
            "base",
            "key",
            "of",
            "pair",
            "head",
        ),
    ),
    PageEntry(
        file="pages/attention.py",
        title="Attention",
        path="attention",
        parameters=("kind", "layer", "head", "pins", "look"),
    ),
    PageEntry(
        file="pages/compare_heads.py",
        title="Compare heads",
        path="compare_heads",
        parameters=("kind", "a", "b", "pins", "text_b", "model_b"),
    ),
    PageEntry(
        file="pages/next_token.py",
        title="Next token",
        path="next_token",
        parameters=("temperature", "top_k", "top_p", "seed", "blank"),
    ),
)

GLOSSARY_LINE = re.compile(r"^\*\*(?P<term>[^*]+)\*\* — (?P<meaning>.+)$", re.MULTILINE)

_heatmap = st.components.v2.component("headlight.heatmap", js=heatmap.SCRIPT, css=heatmap.STYLE)
_bars = st.components.v2.component("headlight.bars", js=bars.SCRIPT, css=bars.STYLE)
_lines = st.components.v2.component("headlight.lines", js=line_charts.SCRIPT, css=line_charts.STYLE)
_camera = st.components.v2.component("headlight.camera", js=camera.SCRIPT)
_address_button = st.components.v2.component("headlight.address", js=address_button.SCRIPT, css=address_button.STYLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a page draws: the trace of the chosen model on the chosen sentence."""

    trace: Trace
    facts: ModelFacts
    source: catalog.Source
    target: str = ""  # what was typed for the decoder of an encoder-decoder; empty: it reads what it writes itself
    window: Window | None = None  # of a page that reads the end of a long text instead of its beginning

    @property
    def stack(self) -> Stack:
        """The stack whose input was typed: the only one, or the encoder."""
        return self.trace.stacks[0]


def navigation() -> st.Page:
    """Register the pages, draw the navigation, and return the page to run."""
    if "_pages" not in st.session_state:  # once a session: each of them asks the disk for its file
        st.session_state["_pages"] = [
            st.Page(each.file, title=each.title, url_path=each.path, default=not each.path) for each in PAGES
        ]
    return st.navigation(st.session_state["_pages"])


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Load the default model once per process, before the first page needs it, and settle the memory."""
    with st.spinner("Loading the model that ships with Headlight …"):
        default_engine().loaded(catalog.admit_typed(DEFAULT_MODEL))
    settle_memory()


@lru_cache(maxsize=1)
def glossary() -> dict[str, str]:
    """Return the terms of docs/glossary.md and what they mean."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    return {found["term"]: found["meaning"] for found in GLOSSARY_LINE.finditer(text)}


@lru_cache(maxsize=1)
def _style() -> str:
    return f"<style>{(ROOT / 'viz' / 'style.css').read_text(encoding='utf-8')}</style>"


def open_page(path: str, *, strip: bool = True, keep: Literal["first", "last"] = "first") -> View:
    """Draw the title, the sidebar and the sentence, and return the view. Stops the page when there is none.

    `keep` says which tokens of a text that is too long are read.
    """
    if "_pages" not in st.session_state:
        # The first visitor of a process came by a link to this page: until app.py has called st.navigation once,
        # Streamlit runs the files of a folder called pages/ by itself.
        navigation()
        st.rerun()
    _address.enter(path)
    page = next(each for each in PAGES if each.path == path)
    st.title(page.title, anchor=False)
    st.html(_style())
    _address.keep_only(("text", "model", "target", *page.parameters))
    with st.sidebar:
        text = _sentence_box()
        way_on = st.container()
        name = model_picker()
        with way_on:
            _way_on(page, text, name)
        details = st.container()
        _link_button(text)
    try:
        source = catalog.admit_typed(name)
        facts = facts_of(source)
        with details:
            model_details(facts)
            target = _target_box(facts)
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


@contextmanager
def explained() -> Iterator[None]:
    """Show an error of the model as the sentence it carries, in place of what the block would have drawn."""
    try:
        yield
    except HeadlightError as error:
        st.error(markdown_text(str(error)), icon=":material/info:")


def labels(stack: Stack) -> tuple[str, ...]:
    """Return the tokens of a stack as they stand on an axis: plain text, not escaped."""
    return tuple(label(piece) for piece in stack.pieces)


def explain(caption: str, terms: Sequence[str]) -> None:
    """Close a page: how to read it and what it does not show, and a glossary line on each term."""
    st.markdown(caption)
    with st.expander("Words on this page", icon=":material/menu_book:"):
        st.markdown("\n\n".join(f"**{term}**: {glossary()[term]}" for term in terms))


def downloads(view: View, name: str, columns: Callable[[], Columns], *, label: str = "Take the numbers:") -> None:
    """Offer the numbers of a figure as CSV and JSON. They are written only when somebody asks for them.

    `label`, in Markdown, says what they are where the figure above does not.
    """
    trace = view.trace
    about = {"model": trace.model_name, "revision": trace.revision, "text": trace.text, "target": trace.target_text}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(label, width="content")
        for kind, mime, write in (
            ("CSV", "text/csv", lambda: csv_text(columns())),
            ("JSON", "application/json", lambda: json_text(columns(), **about)),
        ):
            st.download_button(
                kind,
                data=write,
                file_name=f"headlight-{name}.{kind.lower()}",
                mime=mime,
                key=f"_download_{name}_{kind}",
                on_click="ignore",
                icon=":material/download:",
                type="tertiary",
            )


def matrices(packed: bytes, key: str) -> None:
    """Draw matrices that `viz.heatmap.pack` packed."""
    _heatmap(data=packed, key=key)


def candidate_bars(packed: bytes, key: str, *, on_settings: Callable[[], None], on_act: Callable[[], None]) -> None:
    """Draw candidates that `viz.bars.pack` packed.

    The callbacks find what was sent in the session: under the key, as "settings" (the controls were moved) or "act"
    (a token is to be written).
    """
    _bars(data=packed, key=key, on_settings_change=on_settings, on_act_change=on_act)


def curves(packed: bytes, key: str) -> None:
    """Draw a line chart that `viz.lines.pack_lines` packed."""
    _lines(data=packed, key=key)


def keep_camera(key: str) -> None:
    """Keep the 3-D picture of the page turned as it is when it is drawn anew."""
    _camera(key=key, height=1)


def _sentence_box() -> str:
    asked = _address.from_outside("text")
    st.session_state["_may_restore"] = "_text_box" not in st.session_state and asked is None
    if asked is not None:
        _address.remember("text", asked)
    _address.seed("_text_box", _address.remembered("text", PRESETS[0].text), anew=asked is not None)
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
    _address.remember("text", text)
    _address.write("text", clean(text)[0] if _address.fits_link(clean(text)[0]) else None)
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
            _address.choose(name, value)


def _way_on(page: PageEntry, text: str, model: str) -> None:
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


def _target_box(facts: ModelFacts) -> str:
    """Ask what the decoder of an encoder-decoder reads."""
    if facts.kind != "encoder-decoder":
        _address.write("target", None)
        return ""
    return _address.text_choice("target", "What the decoder reads", placeholder="empty: what the model writes itself")


def _link_button(text: str) -> None:
    """Draw the copy-link button, which also keeps a text that is too long for a link in the browser's tab."""
    fits = _address.fits_link(clean(text)[0])
    data: dict[str, str | None] = {
        "note": "" if fits else "This sentence is too long for a link: the link opens this page and model without it."
    }
    if not st.session_state["_may_restore"]:  # else the tab is asked whether it kept a text before a reload
        data["keep"] = None if fits else text
    _address_button(data=data, key="_link", on_restored_change=_take_kept_text)


def _take_kept_text() -> None:
    st.session_state["_text_box"] = st.session_state["_link"]["restored"]


def _say_what_was_changed(text: str, trace: Trace) -> None:
    n_broken = clean(text)[0].count("\ufffd")
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
