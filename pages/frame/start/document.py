"""The document that a browser gets before anything else: Streamlit's, under Headlight's name."""

import re
from functools import lru_cache
from pathlib import Path
from string import Template

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headlight.pages.frame.start.first_frame import STYLE, name_and_step

STREAMLITS = Path(streamlit.__file__).parent / "static" / "index.html"
FIRST_FRAME = Path(__file__).with_name("first_frame.html")
ICON = Path(__file__).parents[3] / "viz" / "icon.png"
FOLDERS = ("/_stcore/", "/static/", "/media/", "/component/")  # of Streamlit's, with other documents in them

# The first things that can be drawn: what is being loaded, the title of a page, or that something went wrong.
DRAWN = '#root :is(.first-frame, h1, [data-testid="stAlert"], [data-testid="stException"])'

NO_SCRIPT = """<noscript>
      <style>body #first-frame { display: none; }</style>
      <p>Headlight needs JavaScript, which is switched off in this browser.</p>
    </noscript>"""

# A browser may ask whether its copy of the document is still good, and the copy be that of another app at this address.
ABOUT_A_COPY = (b"if-none-match", b"if-modified-since", b"if-range", b"range")
OF_A_COPY = ("etag", "last-modified", "accept-ranges", "content-encoding")


@lru_cache(maxsize=1)
def document() -> bytes:
    """Return Streamlit's index.html with our title, and with a first frame that stands until a page is drawn."""
    template = Template(FIRST_FRAME.read_text(encoding="utf-8"))
    frame = template.substitute(style=STYLE, drawn=DRAWN, name_and_step=name_and_step("the page"))
    html = STREAMLITS.read_text(encoding="utf-8")
    html = html.replace("<title>Streamlit</title>", "<title>Headlight</title>")
    html = re.sub("<noscript>.*?</noscript>", NO_SCRIPT, html, flags=re.DOTALL)
    html = html.replace('<div id="root">', f'{frame}<div id="root">')
    return html.encode()


class FirstFrame:
    """ASGI middleware that answers with `document` and our icon wherever Streamlit would answer with its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Streamlit answer, and put our document in place of its own."""
        if scope["type"] != "http" or any(folder in scope["path"] for folder in FOLDERS):
            await self.app(scope, receive, send)
        elif scope["path"].endswith("/favicon.png"):
            await FileResponse(ICON)(scope, receive, send)
        else:
            asked = [(name, value) for name, value in scope["headers"] if name not in ABOUT_A_COPY]
            await self.app({**scope, "headers": asked}, receive, _exchanging(scope["method"], send))


def _exchanging(method: str, send: Send) -> Send:
    """Return a `send` that exchanges the body of a document."""
    is_document = False

    async def exchange(message: Message) -> None:
        nonlocal is_document
        if message["type"] == "http.response.start":
            kind = Headers(raw=message["headers"]).get("content-type", "")
            is_document = message["status"] == 200 and kind.startswith("text/html")
            if is_document:
                headers = MutableHeaders(raw=message["headers"])
                for name in OF_A_COPY:
                    del headers[name]
                headers["content-length"] = str(len(document()))
        elif message["type"] == "http.response.body" and is_document:
            if message.get("more_body", False):
                return
            message = {**message, "body": b"" if method == "HEAD" else document()}
        await send(message)

    return exchange
