"""How a page ends: the numbers of its figures to take away, how to read it, and the terms it uses."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import streamlit as st

from headlight.pages.frame.view import View
from headlight.viz.table import Columns, csv_text, json_text

GLOSSARY = Path(__file__).parent / "glossary.md"
GLOSSARY_LINE = re.compile(r"^\*\*(?P<term>[^*]+)\*\* — (?P<meaning>.+)$", re.MULTILINE)


@lru_cache(maxsize=1)
def glossary() -> dict[str, str]:
    """Return the terms of pages/frame/glossary.md and what they mean."""
    text = GLOSSARY.read_text(encoding="utf-8")
    return {found["term"]: found["meaning"] for found in GLOSSARY_LINE.finditer(text)}


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
