"""Tables of figures, as Markdown: what `evaluate` prints and what the model cards show."""

from collections.abc import Sequence
from dataclasses import dataclass

NOT_RECOMPUTED = "not recomputed"  # needs the training text, and no corpus folder was given


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table with its heading and, under it, how the figures were taken."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def markdown(self) -> str:
        """Return heading, table and note."""
        rule = ("---",) * len(self.columns)
        lines = [f"| {' | '.join(row)} |" for row in (self.columns, rule, *self.rows)]
        return "\n\n".join(part for part in (f"### {self.title}", "\n".join(lines), self.note) if part)


def markdown(tables: Sequence[Table]) -> str:
    """Return tables one under the other."""
    return "\n\n".join(table.markdown() for table in tables)


def percent(share: float) -> str:
    """Spell a share as a percentage with one decimal."""
    return f"{100 * share:.1f}"
