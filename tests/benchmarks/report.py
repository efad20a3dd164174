"""What a benchmark found, and how it gets into docs/benchmarks.md."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from tests.browser.server import ROOT

FILE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing: what it is, the figure with its unit, and the figure it must stay under, if any."""

    what: str
    measured: float
    unit: str
    limit: float | None = None
    detail: str = ""

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"{self.limit:g} {self.unit}".strip()
        met = "" if self.limit is None else "yes" if self.measured <= self.limit else "**no**"
        return f"| {self.what} | {self.measured:.3g} {self.unit}".rstrip() + f" | {limit} | {met} | {self.detail} |"


def table(rows: Sequence[str]) -> str:
    """Return the rows as a Markdown table."""
    return "\n".join(["| what | measured | limit | met | detail |", "|---|---|---|---|---|", *rows])


def conditions(load_before: float) -> str:
    """Return the sentence that says where and when the figures were taken."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "streamlit", "numpy"))
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, `make bench`: {os.cpu_count()} cores ({platform.machine()}), "
        f"{platform.system()}, Python {platform.python_version()}, {packages}. "
        f"Load average of the machine before it began: {load_before:.2f}."
    )


def write(text: str) -> None:
    """Put the text between the markers of docs/benchmarks.md."""
    page = FILE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    FILE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
