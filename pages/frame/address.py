"""What a link remembers: the choices of a view, kept in step between the address, the session and the widgets.

A parameter belongs to the page that declares it in the registry, or is shared by all that do; a name that nobody
declared is an error of ours. The address speaks when somebody came by it: by a link, a reload, Back or Forward. Back
and Forward bring the whole view: what their address leaves out has its default again. At any other time the session
knows better, because the address that a browser sends with a click may be older than the last answer. The session
keeps every choice, so it outlives a page change, where Streamlit forgets the widgets of the page that was left.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from headlight.pages.frame.registry import owner_of, page_at

T = TypeVar("T")
Number = int | float  # checked in tests, where an int is no float

MOST_BYTES_IN_LINK = 1_500  # of a text, percent-encoded: longer addresses are cut by chat programs and proxies
BOXES = {"text": "_text_box", "model": "_model_box"}  # widgets whose session key is another than key_of would give


def _memory(name: str) -> dict[str, Any]:
    memory: dict[str, Any] = st.session_state.setdefault(name, {})
    return memory


def key_of(name: str, *, anywhere: bool = False) -> str:
    """Return the session key of a parameter's widget, which also names its memory.

    `anywhere`: when this page has no such parameter, it is that of the one page that has. Raises
    UndeclaredParameterError, as all functions here do, when there is no such page.
    """
    owner = owner_of(name, st.session_state["_page"], anywhere=anywhere)
    return BOXES.get(name) or (f"_widget_{name}" if owner is None else f"_widget_{owner}_{name}")


def enter(path: str) -> None:
    """Note which page runs and what its address asks for. Call it once a run, before any widget."""
    came_back = _came_by_history()
    changed = st.session_state.get("_page") != path
    st.session_state["_page"] = path
    st.session_state["_page_changed"] = changed
    page = page_at(path)
    for name in set(st.query_params) - set(page.whole_address):  # of another page, or nobody's
        del st.query_params[name]
    if not (changed or came_back):
        return
    asked = {name: st.query_params[name] for name in page.whole_address if name in st.query_params}
    st.session_state["_asked_for"] = asked
    for name in page.whole_address if came_back else ():
        if name not in asked:
            _forget(name)


def _came_by_history() -> bool:
    """Return whether Back or Forward brought this run about."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _forget(name: str) -> None:
    """Give a choice its default again, unless it is a text that is in no address because it is too long for one."""
    key = key_of(name)
    value = st.session_state.get(key, _memory("_chosen").get(key))
    if name == "text" or (isinstance(value, str) and not fits_link(value)):
        return
    _memory("_chosen").pop(key, None)
    st.session_state.pop(key, None)


def from_outside(name: str) -> str | None:
    """Return what the address by which somebody came asks for, else None. It answers once."""
    key_of(name)  # raises when it is not declared
    asked: str | None = _memory("_asked_for").pop(name, None)
    return asked


def write(name: str, value: str | None) -> None:
    """Put a value into the address; None takes the parameter out."""
    key_of(name)
    if st.query_params.get(name) == value:
        return
    if value is None:
        del st.query_params[name]
    else:
        st.query_params[name] = value


def fits_link(text: str) -> bool:
    """Return whether a text is short enough for the address."""
    return len(quote(text.encode(errors="replace"), safe="")) <= MOST_BYTES_IN_LINK


def remembered(name: str, default: T) -> T:
    """Return the session's choice, which outlives a page change."""
    value: T = _memory("_chosen").setdefault(key_of(name), default)
    return value


def remember(name: str, value: Any) -> None:
    """Keep a choice for the session."""
    _memory("_chosen")[key_of(name)] = value


def choose(name: str, value: Any) -> None:
    """Make a choice in place of its widget, here or on another page, before it is drawn: from a callback, say."""
    key = key_of(name, anywhere=True)
    _memory("_chosen")[key] = value
    st.session_state.pop(key, None)


def seed(key: str, value: Any, *, anew: bool) -> None:
    """Give a widget its value before it is drawn, when it has none, or `anew` when the address decides.

    After Back to another page the session still holds the widget's value under its key, but Streamlit takes the
    widget for a new one and would draw it empty: said again, the value stays.
    """
    if anew or key not in st.session_state:
        st.session_state[key] = value
    elif st.session_state["_page_changed"]:
        st.session_state[key] = st.session_state[key]


def choice(
    name: str,
    options: Sequence[T],
    default: T,
    widget: Callable[[str], T | None],
    *,
    what: str,
    spell: Callable[[T], str] = str,
) -> T:
    """Show a widget for one of `options`, kept in the address as parameter `name`; return what is chosen.

    `widget` draws it, given the session key that holds its value. What the address asks for and does not exist is
    answered with a sentence and the default.
    """
    key = key_of(name)
    spelled = {spell(option): option for option in options}
    asked = from_outside(name)
    if asked is not None and asked not in spelled:
        st.warning(
            f"The link asks for a {what} that is not there, so {what} {spell(default)} is shown. "
            f"There are {spell(options[0])} to {spell(options[-1])}.",
            icon=":material/link_off:",
        )
    if asked is not None:
        remember(name, spelled.get(asked, default))
    value = remembered(name, default)
    gone = key in st.session_state and st.session_state[key] not in options
    seed(key, value if value in options else default, anew=asked is not None or gone)
    picked = widget(key)
    picked = default if picked is None else picked
    remember(name, picked)
    write(name, None if picked == default else spell(picked))
    return picked


def number(
    name: str, low: Number, high: Number, default: Number, widget: Callable[[str], Number], *, what: str
) -> Number:
    """Show a widget for a number from `low` to `high`, kept in the address as parameter `name`; return the number."""
    key = key_of(name)
    asked = from_outside(name)
    if asked is not None:
        wanted = _as_number(asked)
        if wanted is None or not low <= wanted <= high:
            st.warning(
                f"The link asks for a {what} that cannot be, so {default:g} is used. It can be {low:g} to {high:g}.",
                icon=":material/link_off:",
            )
            wanted = default
        remember(name, type(default)(wanted))
    value = remembered(name, default)
    gone = key in st.session_state and not low <= st.session_state[key] <= high
    seed(key, value if low <= value <= high else default, anew=asked is not None or gone)
    picked = widget(key)
    remember(name, picked)
    write(name, None if picked == default else f"{picked:g}")
    return picked


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def text_choice(name: str, label: str, *, placeholder: str = "", sentence: bool = False) -> str:
    """Show a box for a text, kept in the address as parameter `name` when it fits; return the text.

    The box for a `sentence` is as high as the sentence is long.
    """
    key = key_of(name)
    asked = from_outside(name)
    if asked is not None:
        remember(name, asked)
    seed(key, remembered(name, ""), anew=asked is not None)
    if sentence:
        text: str = st.text_area(label, key=key, placeholder=placeholder, height="content")
    else:
        text = st.text_input(label, key=key, placeholder=placeholder)
    remember(name, text)
    clean_text = text.encode(errors="replace").decode()
    write(name, clean_text if text and fits_link(clean_text) else None)
    return text


def tabs(name: str, titles: Sequence[str]) -> Sequence[DeltaGenerator]:
    """Return tabs of which the open one is kept in the address as parameter `name`; all are drawn.

    Streamlit itself keeps its address, under `name` as its key: the browser changes between tabs at once.
    """
    kept = remembered(name, titles[0])
    if st.session_state["_page_changed"] and from_outside(name) is None and kept in titles:
        st.session_state[name] = kept
    drawn = st.tabs(list(titles), key=name, bind="query-params")
    remember(name, st.session_state[name])
    return drawn
