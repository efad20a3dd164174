"""What Streamlit runs, from top to bottom, each time something changes: the frame, then the page in it."""

from pathlib import Path

import streamlit as st

from headlight.pages.frame.navigation import navigation
from headlight.pages.frame.start import loading

LOGO = Path(__file__).parents[3] / "viz" / "logo.svg"

st.set_page_config(page_title="Headlight", layout="wide", initial_sidebar_state=250)
st.logo(LOGO, size="large")
page = navigation()
loading.wait()
page.run()
loading.load_rest()
