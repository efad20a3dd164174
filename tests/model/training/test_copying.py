"""Practice in copying: what a window is after it."""

import numpy as np

from headlight.model.training.copying import SHORTEST, repeat_passages

WIDTH = 33


def practised(share: float, seed: int = 1, n_windows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Return windows in which every token is different, before and after."""
    before = np.arange(n_windows * WIDTH).reshape(n_windows, WIDTH)
    after = before.copy()
    repeat_passages(after, share, np.random.default_rng(seed))
    return before, after


def test_a_passage_stands_in_its_window_twice_and_the_rest_is_as_it_was() -> None:
    before, after = practised(1.0)
    lengths, n_shuffled = set(), 0
    for old, new in zip(before, after, strict=True):
        twice = [token for token in new if (new == token).sum() == 2]
        length = len(twice) // 2
        places = np.flatnonzero(np.isin(new, twice))
        first, second = places[:length], places[length:]
        assert (new[first] == new[second]).all()
        assert (np.diff(first) == 1).all()
        assert (np.diff(second) == 1).all()
        np.testing.assert_array_equal(np.sort(new[first]), old[first])
        others = np.setdiff1d(np.arange(WIDTH), places)
        np.testing.assert_array_equal(new[others], old[others])
        lengths.add(length)
        n_shuffled += int((new[first] != old[first]).any())
    assert lengths == set(range(SHORTEST, WIDTH // 2 + 1))
    assert 0.4 < n_shuffled / len(before) < 0.6


def test_the_share_of_windows_is_the_recipes() -> None:
    for share in (0.0, 0.25):
        before, after = practised(share, n_windows=4000)
        assert abs((before != after).any(axis=1).mean() - share) < 0.03


def test_the_same_step_gives_the_same_windows() -> None:
    np.testing.assert_array_equal(practised(0.5, seed=3)[1], practised(0.5, seed=3)[1])
    assert (practised(0.5, seed=3)[1] != practised(0.5, seed=4)[1]).any()
