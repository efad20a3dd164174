"""Headlight: watch a transformer read a sentence. Run with `streamlit run app.py`."""

import streamlit as st

from headlight.pages.frame.opening import navigation, warm_up

st.set_page_config(page_title="Headlight", page_icon="viz/icon.png", layout="wide", initial_sidebar_state=250)
st.logo("viz/logo.svg", size="large")
page = navigation()
warm_up()
page.run()
