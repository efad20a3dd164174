"""Projection: closed forms, invariants, and the numbers chance gives."""

import numpy as np
import pytest

from headlight.model import questions
from headlight.model.engine.answers.vocabulary import MOST_FITTED, N_CLOUD
from headlight.model.errors import NotShownError
from headlight.model.run import run
from headlight.model.science.projection import (
    angles,
    cosines,
    explained_by_chance,
    explained_by_own_axes,
    fit_basis,
    limits,
    nearest,
    random_pair_angles,
)
from headlight.model.trace import Trace
from tests.inside import vocabulary_vectors


@pytest.fixture
def vectors() -> np.ndarray:
    rng = np.random.default_rng(11)
    return (rng.standard_normal((53, 13)) * np.linspace(3, 1, 13) + 5).astype(np.float32)


def test_the_basis_is_the_one_of_the_full_singular_value_decomposition(vectors: np.ndarray) -> None:
    basis = fit_basis(vectors)
    differences = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, strengths, directions = np.linalg.svd(differences, full_matrices=False)
    np.testing.assert_allclose(np.abs((basis.axes * directions[:3]).sum(axis=1)), 1, atol=1e-9)
    np.testing.assert_allclose(basis.explained, (strengths**2 / (strengths**2).sum())[:3], atol=1e-9)
    np.testing.assert_allclose(basis.axes @ basis.axes.T, np.eye(3), atol=1e-12)
    assert basis.n_fitted == 53


def test_fewer_points_than_dimensions_give_the_same_axes(vectors: np.ndarray) -> None:
    few = vectors[:7]
    basis = fit_basis(few)
    _, _, directions = np.linalg.svd(few.astype(np.float64) - few.mean(axis=0, dtype=np.float64), full_matrices=False)
    np.testing.assert_allclose(np.abs((basis.axes * directions[:3]).sum(axis=1)), 1, atol=1e-9)


def test_twenty_fits_are_equal_bit_for_bit(vectors: np.ndarray) -> None:
    first = fit_basis(vectors)
    for _ in range(20):
        again = fit_basis(vectors.copy())
        assert again.axes.tobytes() == first.axes.tobytes()
        assert again.mean.tobytes() == first.mean.tobytes()


def test_the_largest_entry_of_each_axis_is_positive(vectors: np.ndarray) -> None:
    for given in (vectors, -vectors, vectors[:5]):
        axes = fit_basis(given).axes
        assert (axes[np.arange(3), np.abs(axes).argmax(axis=1)] > 0).all()


def test_permuting_the_points_permutes_their_coordinates_only(vectors: np.ndarray) -> None:
    order = np.random.default_rng(3).permutation(len(vectors))
    there, back = fit_basis(vectors), fit_basis(vectors[order])
    np.testing.assert_allclose(back.project(vectors[order]), there.project(vectors)[order], atol=1e-5)


def test_moving_all_points_alike_changes_no_coordinate(vectors: np.ndarray) -> None:
    moved = vectors.astype(np.float64) + 7
    np.testing.assert_allclose(fit_basis(moved).project(moved), fit_basis(vectors).project(vectors), atol=1e-4)


def test_shares_of_length_and_of_variance(vectors: np.ndarray) -> None:
    basis = fit_basis(vectors)
    inside = basis.mean + np.array([[2.0, -1.0, 0.5], [0.0, 0.0, 3.0]]) @ basis.axes
    np.testing.assert_allclose(basis.shares(inside), 1, atol=1e-12)
    assert basis.shares(basis.mean[None])[0] == 1  # no length at all: nothing is missing
    assert basis.explained_of(inside) == pytest.approx(1)
    assert basis.explained_of(vectors) == pytest.approx(basis.explained.sum(), abs=1e-6)
    assert explained_by_own_axes(vectors) == pytest.approx(basis.explained.sum(), abs=1e-6)
    assert np.isnan(basis.explained_of(vectors[:1]))
    assert np.isnan(explained_by_own_axes(vectors[:1]))


def test_a_basis_needs_points_and_dimensions() -> None:
    with pytest.raises(ValueError, match="3 vectors of 13 numbers are too few"):
        fit_basis(np.ones((3, 13)))
    with pytest.raises(ValueError, match="7 vectors of 2 numbers are too few"):
        fit_basis(np.ones((7, 2)))


@pytest.mark.parametrize("n_points", [5, 8, 12, 20, 50])
def test_chance_is_what_drawn_points_show(n_points: int) -> None:
    rng = np.random.default_rng(5)
    drawn = [explained_by_own_axes(rng.standard_normal((n_points, 256))) for _ in range(40)]
    assert explained_by_chance(n_points, 256) == pytest.approx(np.mean(drawn), abs=0.01)


def test_chance_with_more_points_than_dimensions() -> None:
    rng = np.random.default_rng(5)
    drawn = [explained_by_own_axes(rng.standard_normal((211, 17))) for _ in range(60)]
    assert explained_by_chance(211, 17) == pytest.approx(np.mean(drawn), abs=0.01)
    assert explained_by_chance(4, 256) == pytest.approx(1)
    assert np.isnan(explained_by_chance(1, 256))


def test_random_points_show_three_of_d_in_axes_that_are_not_theirs() -> None:
    rng = np.random.default_rng(5)
    basis = fit_basis(rng.standard_normal((97, 31)))
    shown = [basis.explained_of(rng.standard_normal((11, 31))) for _ in range(400)]
    assert np.mean(shown) == pytest.approx(3 / 31, abs=0.01)


def test_angles_of_known_vectors() -> None:
    vectors = np.array([[2.0, 0, 0], [0, 5, 0], [-1, 0, 0], [1, 1, 0], [0, 0, 0]])
    expected = [[0, 90, 180, 45], [90, 0, 90, 45], [180, 90, 0, 135], [45, 45, 135, 0]]
    found = angles(vectors)
    np.testing.assert_allclose(found[:4, :4], expected, atol=1e-9)
    assert np.isnan(found[4]).all()
    assert np.isnan(found[:, 4]).all()


def test_angles_know_neither_length_nor_sign_of_the_pair(vectors: np.ndarray) -> None:
    found = angles(vectors)
    np.testing.assert_allclose(found, found.T)
    np.testing.assert_allclose(angles(vectors * np.arange(1, 54, dtype=np.float32)[:, None]), found, atol=1e-4)
    assert (found.diagonal() == 0).all()
    assert angles(np.concatenate([vectors[:1]] * 2))[0, 1] < 1e-4
    np.testing.assert_allclose(angles(vectors, origin=vectors.mean(axis=0)), angles(vectors - vectors.mean(axis=0)))


def test_random_directions_stand_at_a_right_angle() -> None:
    mean, spread = random_pair_angles(np.random.default_rng(2).standard_normal((1_009, 256)))
    assert mean == pytest.approx(90, abs=0.3)
    assert spread == pytest.approx(np.degrees(1 / 16), abs=0.3)


def test_neighbours_are_those_of_a_loop(vectors: np.ndarray) -> None:
    found = cosines(vectors[4], vectors)
    by_hand = [float(vectors[4] @ each / (np.linalg.norm(vectors[4]) * np.linalg.norm(each))) for each in vectors]
    np.testing.assert_allclose(found, by_hand, atol=1e-6)
    assert nearest(found, 1).tolist() == [4]
    expected = sorted((i for i in range(53) if i not in (4, 9)), key=lambda i: -found[i])[:6]
    assert nearest(found, 6, without=(4, 9)).tolist() == expected


def test_a_vector_without_length_is_nobodys_neighbour(vectors: np.ndarray) -> None:
    vectors[7] = 0
    found = cosines(vectors[4], vectors)
    assert np.isnan(found[7])
    assert 7 not in nearest(found, 53)
    assert np.isnan(cosines(vectors[7], vectors)).all()
    assert len(nearest(cosines(vectors[7], vectors), 5)) == 0


def test_limits_hold_the_points_and_forget_the_far_end_of_the_cloud() -> None:
    cloud = np.random.default_rng(1).uniform(-1, 1, (101, 3))
    cloud[0] = 1_000
    inside = limits(cloud, np.zeros((1, 3)))
    assert (inside[:, 1] < 12).all()
    assert (inside[:, 0] < cloud.min(axis=0)).all()
    np.testing.assert_array_equal(inside, limits(cloud, np.full((5, 3), 0.5)))
    assert limits(cloud, np.array([[50.0, 0, -50]]))[[0, 2], [1, 0]] == pytest.approx([53, -53], rel=0.05)


def test_a_word_has_the_vector_of_the_trace(house_trace: Trace) -> None:
    (stack,) = house_trace.stacks
    (teacher,) = questions.words(house_trace, ["teacher"])
    np.testing.assert_array_equal(teacher.vector, stack.token_embeddings[2])
    (bank,) = questions.words(house_trace, ["🏦"])
    np.testing.assert_allclose(bank.vector, vocabulary_vectors(house_trace)[list(bank.ids)].mean(axis=0), atol=1e-7)


def test_neighbours_are_those_with_the_largest_cosine(house_trace: Trace) -> None:
    vector = house_trace.stacks[0].token_embeddings[2]
    own = int(house_trace.stacks[0].ids[2])
    expected = cosines(vector, vocabulary_vectors(house_trace))
    near = questions.neighbours(house_trace, vector, 5, without=(own,))
    np.testing.assert_array_equal(near.ids, nearest(expected, 5, without=(own,)))
    np.testing.assert_allclose(near.cosines, expected[near.ids], atol=1e-6)
    assert near.first == own
    assert near.first_cosine == pytest.approx(1)
    assert near.median == pytest.approx(float(np.median(expected)))
    with pytest.raises(NotShownError, match="no length"):
        questions.neighbours(house_trace, np.zeros_like(vector), 5)


def test_the_basis_of_a_vocabulary_is_fitted_once(house_trace: Trace) -> None:
    space = questions.word_space(house_trace)
    assert space is questions.word_space(run("headlight-decoder", "another text"))
    basis = space.basis
    assert 1_000 < basis.n_fitted <= MOST_FITTED
    assert 3 / basis.axes.shape[1] < basis.by_chance < basis.explained.sum() < 1
    step = len(vocabulary_vectors(house_trace)) // N_CLOUD
    np.testing.assert_allclose(space.cloud, basis.project(vocabulary_vectors(house_trace)[::step]), atol=1e-6)
    assert space.by_chance == random_pair_angles(vocabulary_vectors(house_trace))
    assert space.by_chance_from_mean == random_pair_angles(vocabulary_vectors(house_trace), origin=basis.mean)


def test_words_are_cut_as_in_the_middle_of_a_sentence(house_trace: Trace) -> None:
    (stack,) = house_trace.stacks
    ids = [word.ids for word in questions.words(house_trace, ["teacher", "students", "book", "🏦", "<|endoftext|>"])]
    assert [each[0] for each in ids[:3]] == [stack.ids[2], stack.ids[5], stack.ids[8]]
    assert [len(each) for each in ids[:3]] == [1, 1, 1]
    assert len(ids[3]) > 1
    assert 0 not in ids[4]  # a special token typed by hand is ordinary text


def test_two_equal_words_part_after_a_layer_only() -> None:
    (stack,) = run("headlight-decoder", "He sat on the bank of the river and she put money in the bank").stacks
    first, second = (i for i, piece in enumerate(stack.pieces) if piece == b" bank")
    assert angles(stack.token_embeddings)[first, second] < 1e-3
    assert angles(stack.hidden_states[-1])[first, second] > 5
