"""Points in three axes, as a Plotly figure that is turned and read in the browser."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int

from headlight.viz.escape import plotly_text
from headlight.viz.label_placement import placed, widths
from headlight.viz.theme import Palette, rgb

MOST_LABELS = 40  # more would lie on top of each other; the pointer gives every label
MOST_EQUAL_LABELS = 3
FULL_SHARE = 0.5  # from half of its length on, a point has its full colour
PALEST = 0.3
LONGEST_LABEL = 18  # characters in the picture; the pointer gives the whole label
FONT_FAMILY = "Source Sans, sans-serif"  # the one that Streamlit brings along
FONT_SIZE = 17
MARK_SIZE = 8

Role = Literal["token", "special", "word", "sum"]
ROLES: dict[Role, tuple[str, str]] = {  # symbol, and the palette's name of its colour: told apart by shape too
    "token": ("circle", "query"),
    "special": ("circle-open", "muted"),
    "word": ("diamond", "key"),
    "sum": ("cross", "value"),
}
ASPECT = (1.0, 0.85, 0.75)  # of the box, so that it also fits the width of a phone
EYE = (0.48, -1.74, 0.48)  # from the front, a little from the right and from above
CONFIG = {
    "displaylogo": False,
    "scrollZoom": True,
    "responsive": True,
    "modeBarButtons": [["zoom3d", "orbitRotation", "resetCameraDefault3d", "toImage"]],
    "toImageButtonOptions": {"format": "png", "scale": 2, "filename": "headlight-embeddings"},
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Points:
    """Points of one kind. `shares` is how much of each vector lies in the axes: the smaller, the paler the point.

    Labels and notes are plain text; a note is what the pointer shows under the label. Raises ValueError when the
    lengths differ.
    """

    name: str
    role: Role
    coordinates: Float[np.ndarray, "point 3"]
    shares: Float[np.ndarray, " point"]
    labels: Sequence[str]
    notes: Sequence[str]

    def __post_init__(self) -> None:
        sizes = {len(self.coordinates), len(self.shares), len(self.labels), len(self.notes)}
        if len(sizes) > 1:
            raise ValueError(
                f"{self.name!r} has {len(self.coordinates)} points, {len(self.shares)} shares, "
                f"{len(self.labels)} labels and {len(self.notes)} notes"
            )


def scatter(
    groups: Sequence[Points],
    cloud: Float[np.ndarray, "background 3"],
    *,
    axes: Sequence[str],
    limits: Float[np.ndarray, "3 2"],
    colours: Palette,
    height: int = 420,
) -> go.Figure:
    """Return the points over a faint cloud of others, on axes that stay where they are.

    `limits` are the two ends of each axis, `axes` their names, which are drawn as they are and must not be token
    text. A turned view stays turned when other points are drawn. Raises ValueError when there are not three names.
    """
    if len(axes) != 3:
        raise ValueError(f"there are {len(axes)} names for 3 axes")
    layout = go.Layout(  # whole at once: update_layout on a figure takes several times as long
        height=height,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor=colours.background,
        font={"family": FONT_FAMILY, "color": colours.text, "size": 16},
        hoverlabel={"font": {"size": 17, "color": colours.text}, "bgcolor": colours.panel, "align": "left"},
        legend={
            "orientation": "h",
            "x": 0,
            "y": 0,
            "yanchor": "top",
            "font": {"size": 15},
            "itemsizing": "constant",
            "itemclick": False,
            "itemdoubleclick": False,
        },
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": colours.muted, "activecolor": colours.accent},
        uirevision="stay",
        scene={
            "uirevision": "stay",
            "camera": {"eye": dict(zip("xyz", EYE, strict=True)), "center": {"x": 0, "y": 0, "z": -0.07}},
            "dragmode": "orbit",
            "aspectmode": "manual",
            "aspectratio": dict(zip("xyz", ASPECT, strict=True)),
            "annotations": _labels(groups, limits, height, colours),
            **{
                f"{letter}axis": _axis(name, ends.tolist(), colours)
                for letter, name, ends in zip("xyz", axes, limits, strict=True)
            },
        },
    )
    return go.Figure([_background(cloud, colours), *(_trace(each, colours) for each in groups)], layout)


def _background(cloud: Float[np.ndarray, "background 3"], colours: Palette) -> go.Scatter3d:
    return go.Scatter3d(
        name="the vocabulary",
        **_coordinates(cloud),
        mode="markers",
        marker={
            "size": 1.5,
            "color": _mixed(colours.muted, colours.background, 0.7),
            "opacity": 0.3,
            "line": {"width": 0},
        },
        hoverinfo="skip",
    )


def _trace(points: Points, colours: Palette) -> go.Scatter3d:
    symbol, role_colour = ROLES[points.role]
    colour = getattr(colours, role_colour)
    return go.Scatter3d(
        name=plotly_text(points.name),
        **_coordinates(points.coordinates),
        mode="markers",
        hovertext=[
            f"<b>{plotly_text(label)}</b><br>{plotly_text(note)}"
            for label, note in zip(points.labels, points.notes, strict=True)
        ],
        hoverinfo="text",
        marker={
            "size": MARK_SIZE,
            "symbol": symbol,
            "color": [_mixed(colour, colours.background, _strength(share)) for share in points.shares],
            "line": {"width": 0},
        },
    )


def _labels(
    groups: Sequence[Points], limits: Float[np.ndarray, "3 2"], height: int, colours: Palette
) -> list[dict[str, object]]:
    """Return the labels as annotations: Plotly's 3-D text is drawn under the points and reads no escaped signs."""
    shares = np.concatenate([each.shares for each in groups])
    coordinates = np.concatenate([each.coordinates for each in groups])
    names = [_short(label) for each in groups for label in each.labels]
    shown = _labelled(names, shares)
    sizes = np.stack([widths([names[i] for i in shown], FONT_SIZE), np.full(len(shown), 1.4 * FONT_SIZE)], axis=1)
    places = _on_screen(coordinates[shown], limits, height)
    offsets = placed(places, sizes, radius=MARK_SIZE, room=(0.42 * height, 0.45 * height))
    return [
        {
            **dict(zip("xyz", coordinates[i].tolist(), strict=True)),
            "text": plotly_text(names[i]),
            "font": {
                "size": FONT_SIZE,
                "color": _mixed(colours.text, colours.background, 0.5 + 0.5 * _strength(shares[i])),
            },
            "ax": float(offset[0]),
            "ay": float(offset[1]),
            "arrowhead": 0,
            "arrowwidth": 1,
            "arrowcolor": colours.muted,
            "standoff": 5,
            "borderpad": 0,
        }
        for i, offset in zip(shown.tolist(), offsets, strict=True)
    ]


def _labelled(names: Sequence[str], shares: Float[np.ndarray, " point"]) -> Int[np.ndarray, " labelled"]:
    """Return which points get a label: those the axes show best, and of equal labels only so many."""
    seen: Counter[str] = Counter()
    chosen = []
    for i in np.argsort(-shares, kind="stable").tolist():
        seen[names[i]] += 1
        if seen[names[i]] <= MOST_EQUAL_LABELS:
            chosen.append(i)
    labelled: np.ndarray = np.sort(np.array(chosen[:MOST_LABELS], dtype=np.int64))
    return labelled


def _on_screen(
    coordinates: Float[np.ndarray, "point 3"], limits: Float[np.ndarray, "3 2"], height: int
) -> Float[np.ndarray, "point 2"]:
    """Return about where points lie in the first view, in pixels, y downwards."""
    scene = ((coordinates - limits.mean(axis=1)) / np.ptp(limits, axis=1)) * ASPECT  # the middle of the box is 0
    forward = -np.array(EYE) / np.linalg.norm(EYE)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    away = np.linalg.norm(EYE) + scene @ forward  # distance from the eye
    pixels: np.ndarray = np.stack([scene @ right, -(scene @ up)], axis=1) * (1.2 * height / away[:, None])
    return pixels


def _coordinates(points: Float[np.ndarray, "point 3"]) -> dict[str, np.ndarray]:
    return {letter: np.ascontiguousarray(points[:, i], dtype=np.float32) for i, letter in enumerate("xyz")}


def _axis(name: str, ends: list[float], colours: Palette) -> dict[str, object]:
    return {
        "title": {"text": name, "font": {"size": 15, "color": colours.muted}},
        "range": ends,
        "backgroundcolor": colours.background,
        "gridcolor": colours.line,
        "zerolinecolor": _mixed(colours.muted, colours.background, 0.6),
        "showspikes": False,
        "nticks": 4,
        "tickfont": {"size": 12, "color": colours.muted},
    }


def _strength(share: float) -> float:
    return PALEST + (1 - PALEST) * min(1.0, float(share) / FULL_SHARE)


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"


def _mixed(colour: str, ground: str, strength: float) -> str:
    """Return a colour laid over a ground: the same as transparency, and the same on every graphics card."""
    parts = zip(rgb(colour), rgb(ground), strict=True)
    return "#" + "".join(f"{round(under + (over - under) * strength):02X}" for over, under in parts)
