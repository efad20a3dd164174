"""The copy-link button, and a long text kept in the browser when it does not fit into the address.

Runs no text of its own: `address.js` reads and writes the page's address and the tab's session storage.
"""

from pathlib import Path

from headlight.viz.browser import joined

SCRIPT = joined("address/address.js")
STYLE = (Path(__file__).parent / "address.css").read_text(encoding="utf-8")
