"""What a link remembers: the choices of a view, kept in step between the address, the session and the widgets.

The browser sends its address with every run. A value in it that this session neither read nor wrote before came
from outside (a link, Back, a reload) and wins; otherwise the widget does. The session keeps every choice, so it
outlives a page change, where Streamlit forgets the widgets of the page that was left.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import streamlit as st

T = TypeVar("T")
Number = int | float  # checked in tests, where an int is no float

MOST_BYTES_IN_LINK = 1_500  # of a text, percent-encoded: longer addresses are cut by chat programs and proxies


def _memory(name: str) -> dict[str, Any]:
    memory: dict[str, Any] = st.session_state.setdefault(name, {})
    return memory


def from_outside(name: str) -> str | None:
    """Return the address's value of a parameter when it is new to this session, else None. Ask once a run."""
    seen = _memory("_address_seen")
    value = st.query_params.get(name)
    if value is None or value == seen.get(name):
        return None
    seen[name] = value
    return value


def write(name: str, value: str | None) -> None:
    """Put a value into the address; None takes the parameter out."""
    if st.query_params.get(name) != value:
        if value is None:
            del st.query_params[name]
        else:
            st.query_params[name] = value
    _memory("_address_seen")[name] = value


def keep_only(names: Sequence[str]) -> None:
    """Take every other parameter out of the address: those of another page, and those nobody knows."""
    for name in set(st.query_params) - set(names):
        del st.query_params[name]


def fits_link(text: str) -> bool:
    """Return whether a text is short enough for the address."""
    return len(quote(text, safe="")) <= MOST_BYTES_IN_LINK


def remembered(name: str, default: T) -> T:
    """Return the session's choice, which outlives a page change."""
    value: T = _memory("_chosen").setdefault(name, default)
    return value


def remember(name: str, value: Any) -> None:
    """Keep a choice for the session."""
    _memory("_chosen")[name] = value


def choose(name: str, value: Any) -> None:
    """Make a choice in place of its widget, which shows it when it is drawn. From a callback only."""
    remember(name, value)
    st.session_state.pop(f"_widget_{name}", None)


def enter(page: str) -> None:
    """Note which page runs. Call it once a run, before any widget."""
    st.session_state["_page_changed"] = st.session_state.get("_page") != page
    st.session_state["_page"] = page


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
    key = f"_widget_{name}"
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
    key = f"_widget_{name}"
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


def text_choice(name: str, label: str, *, placeholder: str = "") -> str:
    """Show a box for a text, kept in the address as parameter `name` when it fits; return the text."""
    key = f"_widget_{name}"
    asked = from_outside(name)
    if asked is not None:
        remember(name, asked)
    seed(key, remembered(name, ""), anew=asked is not None)
    text = st.text_input(label, key=key, placeholder=placeholder)
    remember(name, text)
    clean_text = text.encode(errors="replace").decode()
    write(name, clean_text if text and fits_link(clean_text) else None)
    return text
