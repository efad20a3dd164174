"""Keeps the view of a 3-D picture that somebody turned, in the address and when the picture is drawn anew.

Streamlit makes a new chart whenever its data change, so Plotly's own `uirevision` never comes to act.
"""

from headlight.viz.browser import joined

SCRIPT = joined("camera/camera.js")
