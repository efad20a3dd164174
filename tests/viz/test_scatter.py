"""The 3-D figure: its parts, its escaping, and labels that make room for each other."""

import re

import numpy as np
import pytest

from headlight.viz.label_placement import placed, widths
from headlight.viz.scatter import MOST_LABELS, Points, scatter
from headlight.viz.theme import DARK, LIGHT

LIMITS = np.array([[-2.0, 3.0], [-1.0, 1.0], [-0.5, 0.7]])
AXES = ("axis 0", "axis 1", "axis 2")
CLOUD = np.random.default_rng(0).standard_normal((17, 3))


def points(labels: list[str], shares: list[float] | None = None) -> Points:
    rng = np.random.default_rng(len(labels))
    return Points(
        name="the sentence",
        role="token",
        coordinates=rng.uniform(-0.4, 0.4, (len(labels), 3)),
        shares=np.array(shares or [0.7] * len(labels)),
        labels=labels,
        notes=[f"note {i}" for i in range(len(labels))],
    )


def test_coordinates_are_float32_and_exact() -> None:
    group = points(["a", "b"])
    cloud, trace = scatter([group], CLOUD, axes=AXES, limits=LIMITS, colours=LIGHT).data
    for drawn, given in ((cloud, CLOUD), (trace, group.coordinates)):
        for i, letter in enumerate("xyz"):
            assert drawn[letter].dtype == np.float32
            np.testing.assert_array_equal(drawn[letter], given[:, i].astype(np.float32))
    assert cloud.hoverinfo == "skip"


@pytest.mark.parametrize("text", ["<b>", "%{x}", "$x$", "</script><img src=x onerror=alert(1)>", "&lt;"])
def test_token_text_cannot_become_markup(text: str) -> None:
    figure = scatter([points([text])], CLOUD, axes=AXES, limits=LIMITS, colours=LIGHT)
    for written in (figure.layout.scene.annotations[0].text, figure.data[1].hovertext[0]):
        bare = written.removeprefix("<b>").replace("</b><br>", "")
        assert not re.search(r"[<>$%]", bare)
        assert not re.search(r"&(?!lt;|gt;|amp;|quot;|#x27;|#36;|#37;)", bare)
    assert figure.data[1].hovertemplate is None


def test_the_axes_stay_whatever_is_drawn() -> None:
    one = scatter([points(["a"])], CLOUD, axes=AXES, limits=LIMITS, colours=LIGHT).layout.scene
    other = scatter([points(list("bcdef"))], CLOUD, axes=AXES, limits=LIMITS, colours=LIGHT).layout.scene
    for letter, ends in zip("xyz", LIMITS, strict=True):
        assert one[f"{letter}axis"].range == other[f"{letter}axis"].range == tuple(ends)
    assert one.aspectratio == other.aspectratio
    assert one.uirevision == other.uirevision
    assert one.camera == other.camera


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_a_point_that_is_hardly_in_the_picture_is_pale(colours: object) -> None:
    figure = scatter([points(["a", "b", "c"], [0.9, 0.5, 0.1])], CLOUD, axes=AXES, limits=LIMITS, colours=colours)  # type: ignore[arg-type]
    full, half, little = figure.data[1].marker.color
    assert full == half == colours.query  # type: ignore[attr-defined]
    assert little != full


@pytest.mark.parametrize("n_points", [1, 128])
def test_few_and_many_points(n_points: int) -> None:
    shares = np.linspace(0.01, 0.99, n_points).tolist()
    group = points([f"t{i}" for i in range(n_points)], shares)
    figure = scatter([group], CLOUD, axes=AXES, limits=LIMITS, colours=LIGHT)
    texts = [each.text for each in figure.layout.scene.annotations]
    assert texts == group.labels[-MOST_LABELS:]
    assert len(figure.data[1].hovertext) == n_points


def test_of_equal_labels_the_best_shown_are_drawn() -> None:
    group = points(["a", "a", "b", "a", "a"], [0.1, 0.9, 0.2, 0.8, 0.7])
    figure = scatter([group], CLOUD, axes=AXES, limits=LIMITS, colours=LIGHT)
    drawn = {(each.text, each.x) for each in figure.layout.scene.annotations}
    assert drawn == {(group.labels[i], group.coordinates[i, 0]) for i in (1, 2, 3, 4)}


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="'x' has 2 points, 2 shares, 1 labels and 2 notes"):
        Points(
            name="x", role="word", coordinates=np.zeros((2, 3)), shares=np.ones(2), labels=["a"], notes=["one", "two"]
        )
    with pytest.raises(ValueError, match="2 names for 3 axes"):
        scatter([points(["a"])], CLOUD, axes=AXES[:2], limits=LIMITS, colours=LIGHT)


def test_labels_of_neighbouring_points_do_not_cover_each_other() -> None:
    spots = np.array([[0.0, 0.0], [4.0, 2.0], [-3.0, 5.0], [6.0, -4.0], [1.0, 8.0]])
    sizes = np.stack([widths(["teacher"] * 5, 17), np.full(5, 21.0)], axis=1)
    middles = spots + placed(spots, sizes, radius=8, room=(250.0, 190.0))
    for i in range(5):
        for j in range(i):
            apart = np.abs(middles[i] - middles[j]) >= sizes[0] - 1e-9
            assert apart.any(), (i, j)


def test_a_label_stays_in_the_picture() -> None:
    size = np.array([[160.0, 21.0]])
    (middle,) = (spot := np.array([[-240.0, -180.0]])) + placed(spot, size, radius=8, room=(250.0, 190.0))
    assert (np.abs(middle) + size[0] / 2 <= [250, 190]).all()
