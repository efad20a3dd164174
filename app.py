"""Headlight: watch a transformer read a sentence. Run with `streamlit run app.py`.

This is the server. What it runs for each visitor is pages/frame/start/script.py, not this file: a folder pages/ lies
beside this one, and Streamlit would list its files until the script has said what the pages are.
"""

import streamlit as st
from starlette.middleware import Middleware

from headlight.pages.frame.start import SCRIPT
from headlight.pages.frame.start.document import FirstFrame
from headlight.pages.frame.start.loading import lifespan

app = st.App(SCRIPT, lifespan=lifespan, middleware=[Middleware(FirstFrame)])
