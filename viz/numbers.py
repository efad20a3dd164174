"""Numbers as the figures write them."""


def percent(share: float) -> str:
    """Return a share from 0 to 1 in per cent, as the bars write it."""
    return "<0.01 %" if 0 < share < 0.00005 else f"{100 * share:.2f} %"


def ordinal(rank: int) -> str:
    """Return 1st, 2nd, 3rd, 4th ..."""
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank:,}{ending}"


def signed(value: float, digits: int) -> str:
    """Return a number with a minus as long as a plus, and 0 without one."""
    return f"{value:z.{digits}f}".replace("-", "−")
