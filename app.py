"""Headlight: watch a transformer read a sentence. Run with `streamlit run app.py`."""

import streamlit as st

from headlight.pages.frame.policy import take_over

take_over()
from headlight.pages.frame.opening import navigation, warm_up  # noqa: E402  (it brings in what looks at the policy)

st.set_page_config(page_title="Headlight", page_icon="viz/icon.png", layout="wide", initial_sidebar_state=330)
st.logo("viz/logo.svg", size="large")
page = navigation()
warm_up()
page.run()
