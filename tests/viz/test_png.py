"""The small pictures hold the numbers they were given."""

import struct
import zlib

import numpy as np
import pytest

from headlight.viz.png import picture


def decode(png: bytes) -> np.ndarray:
    """Return the palette indices of one of our PNGs: (row, column)."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        assert zlib.crc32(name + body) == struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0]
        chunks[name] = body
        at += 12 + length
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    assert len(chunks[b"PLTE"]) == 3 * 256
    assert len(chunks[b"tRNS"]) == 256
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert (lines[:, 0] == 0).all()
    return lines[:, 1:]


def test_each_value_is_a_pixel_of_its_strength() -> None:
    values = np.array([[-1.0, 0.0, 1.0], [0.5, np.nan, 9.0]])
    np.testing.assert_array_equal(decode(picture(values, most=1.0)), [[1, 128, 255], [192, 0, 255]])


def test_a_scale_without_a_top_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        picture(np.zeros((2, 3)), most=0.0)
