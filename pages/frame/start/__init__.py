"""From the first byte to the page: the document, the script of a visit, and what is loaded meanwhile.

Nothing here imports torch, transformers or plotly before the visitor sees name and navigation. The folder stands in the
module path while Streamlit runs the script, so a file here may not bear the name of an installed package.
"""

from pathlib import Path

SCRIPT = Path(__file__).with_name("script.py")
