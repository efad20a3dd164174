"""Headlight: watch a transformer read a sentence. Run with `streamlit run app.py`."""

from pathlib import Path

import streamlit as st

from headlight.pages.frame.opening import navigation, warm_up

VIZ = Path(__file__).parent / "viz"

st.set_page_config(page_title="Headlight", page_icon=str(VIZ / "icon.png"), layout="wide", initial_sidebar_state=250)
st.logo(str(VIZ / "logo.svg"), size="large")
page = navigation()
warm_up()
page.run()
