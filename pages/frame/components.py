"""Every component of the app: Streamlit takes the scripts and styles of `viz` once, under a name each."""

from collections.abc import Callable

import streamlit as st

from headlight.viz import address, bars, blank, camera, enter, explorer, heatmap
from headlight.viz import lines as line_charts

_heatmap = st.components.v2.component("headlight.heatmap", js=heatmap.SCRIPT, css=heatmap.STYLE)
_bars = st.components.v2.component("headlight.bars", js=bars.SCRIPT, css=bars.STYLE)
_lines = st.components.v2.component("headlight.lines", js=line_charts.SCRIPT, css=line_charts.STYLE)
_camera = st.components.v2.component("headlight.camera", js=camera.SCRIPT)
_enter = st.components.v2.component("headlight.enter", js=enter.SCRIPT)
address_button = st.components.v2.component("headlight.address", js=address.SCRIPT, css=address.STYLE)
blank_strip = st.components.v2.component("headlight.blank", js=blank.SCRIPT, isolate_styles=False)
attention_explorer = st.components.v2.component("headlight.explorer", js=explorer.SCRIPT, css=explorer.STYLE)
courier = st.components.v2.component("headlight.courier", js=explorer.COURIER)


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


def enter_runs(key: str) -> None:
    """Let Enter run in every box of several lines on the page. Draws nothing."""
    _enter(key=key, height=1)
