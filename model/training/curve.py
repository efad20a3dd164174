"""The loss curve as a picture: loss in nats a token against tokens seen."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 360, 52, 40, 16


def draw(out: Path, log: str = "loss.csv", picture: str = "loss.svg") -> None:
    """Draw the log of a run beside it. A log of fewer than two lines gives no picture."""
    if not (out / log).exists():
        return
    with (out / log).open(newline="") as file:
        points = [(int(row["tokens"]), float(row["loss"])) for row in csv.DictReader(file)]
    if len(points) >= 2:
        (out / picture).write_text(svg({"": points}), encoding="utf-8")


def svg(curves: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """Return named curves of (tokens seen, loss) in one pair of axes, as an SVG document."""
    every = [point for points in curves.values() for point in points]
    most = max(tokens for tokens, _ in every)
    low, high = int(min(loss for _, loss in every)), int(max(loss for _, loss in every)) + 1

    def place(tokens: float | int, loss: float | int) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - 16) * tokens / most
        return x, HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (loss - low) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="13"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for loss in range(low, high + 1):
        y = place(0, loss)[1]
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - 16}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{loss}</text>')
    for quarter in range(5):
        x = place(most * quarter / 4, low)[0]
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{most * quarter / 4e6:.3g}</text>'
        )
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 6}" text-anchor="middle">million tokens seen</text>')
    parts.append(f'<text transform="translate(14 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">loss (nats)</text>')
    for index, (name, points) in enumerate(curves.items()):
        colour = ("#0072b2", "#d55e00", "#009e73")[index % 3]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        if name:
            parts.append(
                f'<text x="{WIDTH - 20}" y="{TOP + 18 + 18 * index}" text-anchor="end" fill="{colour}">{name}</text>'
            )
    return "".join(parts) + "</svg>\n"
