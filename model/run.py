"""The public way in: `run("headlight-decoder", "The teacher taught the students with the book.")`."""

from headlight.model.admitting.catalog import admit
from headlight.model.engine import default_engine
from headlight.model.trace import Trace


def run(name: str, text: str, target: str | None = None) -> Trace:
    """Run a model on a text and return everything it computed on the way, as a Trace.

    `name` is a bundled model, a Hub id that is on disk, or a folder. `target` is what the decoder of an
    encoder-decoder reads; None: its own greedy output, 64 tokens at most.

    Raises the errors of `model.errors`, whose messages are written for the person at the screen.
    """
    return default_engine().trace(admit(name), text, target)
