"""The copy-link button, and a long text kept in the browser when it does not fit into the address.

A script for each: the button (`copying.js`), what Back finds (`history.js`), a long text in the tab (`long_text.js`)
and broken characters in a box (`surrogates.js`). Only a text too long for a link is kept in the tab.
"""

from pathlib import Path

from headlight.viz.browser import joined

SCRIPT = joined("address/address.js")
STYLE = (Path(__file__).parent / "address.css").read_text(encoding="utf-8")
