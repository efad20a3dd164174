"""The navigation: which pages there are, under which headings, and which of them runs."""

import streamlit as st

from headlight.pages.frame.registry import GROUPS, pages_of


def navigation() -> st.Page:
    """Register the pages, draw the navigation, and return the page to run."""
    if "_pages" not in st.session_state:  # once a session: each of them asks the disk for its file
        st.session_state["_pages"] = {
            group: [
                st.Page(each.file, title=each.title, url_path=each.path, default=not each.path)
                for each in pages_of(group)
            ]
            for group in GROUPS
            if pages_of(group)
        }
    return st.navigation(st.session_state["_pages"])
