"""Small pictures of numbers as PNG, for places where a canvas would be too much.

The colours carry their strength in the alpha channel, so one picture serves the light and the dark theme.
"""

import base64
import struct
import zlib

import numpy as np
from jaxtyping import Float

from headlight.viz.theme import ABOVE_ZERO, BELOW_ZERO, MASKED, rgb

_MASKED_INDEX = 0
_MIDDLE = 128  # indices 1 to 255: from -1 to 1


def _palettes() -> tuple[bytes, bytes]:
    """Return the 256 colours and their alphas: index 0 is masked, 1 full negative, 128 zero, 255 full positive."""
    colours, alphas = bytearray(rgb(MASKED)), bytearray([90])
    for index in range(1, 256):
        strength = (index - _MIDDLE) / 127
        colours += bytes(rgb(ABOVE_ZERO if strength >= 0 else BELOW_ZERO))
        alphas.append(round(255 * abs(strength)))
    return bytes(colours), bytes(alphas)


_COLOURS, _ALPHAS = _palettes()


def picture(values: Float[np.ndarray, "row column"], *, most: float) -> bytes:
    """Return a PNG of one pixel a value: orange above 0, blue below, stronger towards +-`most`, grey where NaN.

    Raises ValueError when `most` is not above 0.
    """
    if not most > 0:
        raise ValueError(f"most is {most}, but must be above 0")
    indices = np.nan_to_num(np.clip(values / most, -1, 1) * 127 + _MIDDLE, nan=_MASKED_INDEX).round().astype(np.uint8)
    height, width = indices.shape
    lines = np.concatenate([np.zeros((height, 1), np.uint8), indices], axis=1)  # each line begins with filter type 0
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)  # 8 bits, palette
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, body)
        for name, body in (
            (b"IHDR", header),
            (b"PLTE", _COLOURS),
            (b"tRNS", _ALPHAS),
            (b"IDAT", zlib.compress(lines.tobytes(), 6)),
            (b"IEND", b""),
        )
    )


def data_uri(png: bytes) -> str:
    """Return a PNG as an address that holds the picture itself."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
