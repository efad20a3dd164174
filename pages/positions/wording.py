"""Numbers in a sentence."""


def minus(number: float, digits: int) -> str:
    """Write a number with a real minus sign, and 0 with none."""
    written = f"{number:z.{digits}f}"
    return written.replace("-", "−")


def rounding(gap: float) -> str:
    """Write a difference that should be 0, in words a pupil reads."""
    return "less than 0.000001" if gap < 1e-6 else f"{gap:.2g}"
