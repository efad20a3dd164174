"""Temperature, top-k and top-p: properties that hold for any logits, and the filters of transformers as the oracle."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from headlight.model import questions
from headlight.model.errors import NotShownError
from headlight.model.science.attention import softmax
from headlight.model.science.distribution import (
    NextToken,
    Settings,
    entropy_bits,
    likeliest,
    likeliest_first,
    next_token,
    sample,
    token_scores,
    top_k_kept,
    top_p_kept,
)
from headlight.model.trace import Trace
from tests.inside import loaded

N_VOCAB = 23  # prime, and unlike any other size here

any_logits = arrays(np.float64, st.integers(1, N_VOCAB), elements=st.floats(-40, 40))
settings = st.builds(
    Settings,
    temperature=st.sampled_from([0.0, 0.05, 0.5, 1.0, 1.7, 2.0]),
    top_k=st.integers(0, N_VOCAB),
    top_p=st.integers(0, 100).map(lambda hundredths: hundredths / 100),
)


def kept_ids(chances: NextToken) -> set[int]:
    return set(chances.order[: chances.n_kept].tolist())


@given(any_logits, settings)
def test_all_three_sum_to_one_and_something_is_kept(logits: np.ndarray, settings: Settings) -> None:
    chances = next_token(logits, settings)
    for shares in (chances.own, chances.tempered, chances.filtered):
        assert shares.sum() == pytest.approx(1, abs=1e-12)
        assert (shares >= 0).all()
    assert 1 <= chances.n_kept <= chances.n_after_top_k <= len(logits)
    assert set(np.flatnonzero(chances.filtered)) <= kept_ids(chances)
    kept_share = chances.tempered[chances.order[: chances.n_kept]].sum()
    assert chances.dropped == pytest.approx(1 - kept_share, abs=1e-12)


@given(any_logits, settings, st.integers(-20, 20))
def test_a_constant_on_all_logits_changes_nothing(logits: np.ndarray, settings: Settings, shift: int) -> None:
    logits = np.round(logits, 2)
    ours, shifted = next_token(logits, settings), next_token(np.round(logits + shift, 2), settings)
    np.testing.assert_allclose(shifted.own, ours.own, atol=1e-12)
    np.testing.assert_allclose(shifted.tempered, ours.tempered, atol=1e-10)


@given(any_logits, settings)
def test_temperature_keeps_the_order(logits: np.ndarray, settings: Settings) -> None:
    chances = next_token(logits, settings)
    assert (np.diff(chances.own[chances.order]) <= 0).all()
    assert (np.diff(chances.tempered[chances.order]) <= 0).all()
    assert (np.diff(chances.filtered[chances.order]) <= 0).all()


@given(any_logits, st.floats(0.05, 2), st.floats(0.05, 2))
def test_entropy_does_not_fall_with_temperature(logits: np.ndarray, a: float, b: float) -> None:
    low, high = sorted((a, b))
    entropies = [entropy_bits(next_token(logits, Settings(temperature=each)).tempered) for each in (0.0, low, high)]
    assert entropies[0] == 0
    assert entropies[1] <= entropies[2] + 1e-9
    assert entropies[2] <= np.log2(len(logits)) + 1e-9


@given(any_logits, st.integers(1, N_VOCAB), st.integers(1, N_VOCAB), st.floats(0, 1), st.floats(0, 1))
def test_more_is_kept_with_a_larger_k_or_p(logits: np.ndarray, j: int, k: int, p: float, q: float) -> None:
    few, more = (next_token(logits, Settings(top_k=each)) for each in sorted((j, k)))
    assert kept_ids(few) <= kept_ids(more)
    few, more = (next_token(logits, Settings(top_p=each)) for each in sorted((p, q)))
    assert kept_ids(few) <= kept_ids(more)


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.1, 0.5, 0.7, 1.0, 1.3, 2.0]),
    st.integers(1, N_VOCAB),
    st.integers(0, 99).map(lambda hundredths: hundredths / 100),
)
def test_equal_to_the_filters_of_transformers(seed: int, temperature: float, k: int, p: float) -> None:
    logits = np.random.default_rng(seed).normal(scale=3, size=N_VOCAB)
    scores = torch.from_numpy(logits)[None]  # (1, vocab)
    no_ids = torch.zeros((1, 0), dtype=torch.long)
    tempered = TemperatureLogitsWarper(temperature)(no_ids, scores)
    by_k = TopKLogitsWarper(k)(no_ids, tempered)
    by_p = TopPLogitsWarper(p)(no_ids, by_k)
    chances = next_token(logits, Settings(temperature=temperature, top_k=k, top_p=p))
    np.testing.assert_allclose(chances.tempered, tempered.softmax(-1)[0].numpy(), rtol=1e-12)
    np.testing.assert_array_equal(chances.filtered > 0, torch.isfinite(by_p)[0].numpy())
    np.testing.assert_allclose(chances.filtered, by_p.softmax(-1)[0].numpy(), rtol=1e-12)
    np.testing.assert_array_equal(top_k_kept(logits, k), torch.isfinite(TopKLogitsWarper(k)(no_ids, scores))[0].numpy())
    np.testing.assert_array_equal(
        top_p_kept(softmax(logits), logits, p), torch.isfinite(TopPLogitsWarper(p)(no_ids, scores))[0].numpy()
    )


def test_temperature_moves_the_line_of_top_p() -> None:
    logits = np.log([0.5, 0.2, 0.15, 0.1, 0.05])
    kept = [next_token(logits, Settings(temperature=t, top_p=0.8)).n_kept for t in (0.5, 1.0, 2.0)]
    assert kept == [2, 3, 4]


def test_top_k_keeps_what_equals_the_last() -> None:
    assert next_token(np.array([1.0, 3.0, 2.0, 2.0, 0.0]), Settings(top_k=2)).n_kept == 3
    logits = np.array([1.0, 3.0, 2.0, 2.0, 0.0])
    assert likeliest_first(logits).tolist() == [1, 2, 3, 0, 4]
    for n in range(1, 8):
        assert likeliest(logits, n).tolist() == [1, 2, 3, 0, 4][:n]


def test_temperature_zero_leaves_the_first_of_the_likeliest() -> None:
    chances = next_token(np.array([1.0, 3.0, 3.0, 2.0]), Settings(temperature=0.0))
    assert chances.tempered.tolist() == chances.filtered.tolist() == [0, 1, 0, 0]
    assert chances.n_kept == 1


def test_entropy_of_what_is_known() -> None:
    assert entropy_bits(np.array([1.0, 0.0])) == 0
    assert entropy_bits(np.array([0.5, 0.5])) == 1
    assert entropy_bits(np.full(8, 1 / 8)) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", -0.1), ("temperature", 2.1), ("temperature", float("nan")), ("top_k", -1), ("top_p", 1.01)],
)
def test_settings_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Settings(**{name: value})  # type: ignore[arg-type]


@given(any_logits, settings, st.floats(0, 1, exclude_max=True))
def test_a_lot_falls_on_a_kept_token_where_its_share_lies(
    logits: np.ndarray, settings: Settings, number: float
) -> None:
    chances = next_token(logits, settings)
    token_id = sample(chances, number)
    assert token_id in kept_ids(chances)
    place = chances.order.tolist().index(token_id)
    before = chances.filtered[chances.order[:place]].sum()
    assert before - 1e-12 <= number
    assume(chances.filtered[token_id] > 0)
    assert number <= before + chances.filtered[token_id] + 1e-12


def test_lots_fall_as_often_as_they_should() -> None:
    chances = next_token(np.log([0.1, 0.6, 0.3]), Settings())
    rng = np.random.default_rng(3)
    drawn = np.bincount([sample(chances, float(rng.random())) for _ in range(20_000)], minlength=3) / 20_000
    np.testing.assert_allclose(drawn, [0.1, 0.6, 0.3], atol=0.015)  # 4 standard deviations
    with pytest.raises(ValueError, match="below 1"):
        sample(chances, 1.0)


def test_scores_are_log_softmax_and_the_chain_rule_is_the_library_s_loss(house_trace: Trace) -> None:
    (stack,) = house_trace.stacks
    scores = questions.token_scores(house_trace)
    module = loaded(house_trace).module
    ids = torch.tensor(stack.ids)[None]
    with torch.inference_mode():
        output = module(ids, labels=ids)
    log_probabilities = output.logits[0, :-1].double().log_softmax(-1).gather(-1, ids[0, 1:, None])[:, 0].numpy()
    np.testing.assert_allclose(np.log(scores.probability[1:]), log_probabilities, atol=1e-4)
    n_scored = len(stack.ids) - 1
    assert scores.n_scored == n_scored
    assert scores.total_bits == pytest.approx(float(output.loss) * n_scored / np.log(2), abs=1e-3)
    assert scores.perplexity == pytest.approx(float(torch.exp(output.loss)), rel=1e-4)
    assert np.isnan(scores.surprisal[0])
    assert scores.rank[0] == 0
    order = np.argsort(-output.logits[0, 3].numpy())
    assert scores.rank[4] == 1 + order.tolist().index(int(stack.ids[4]))


def test_a_certain_token_is_no_surprise() -> None:
    scores = token_scores(np.array([[0.0, 1000.0, 0.0], [0.0, 0.0, 0.0]]), np.array([1, 2]))
    assert scores.surprisal.tolist() == [0, pytest.approx(np.log2(3))]
    assert scores.rank.tolist() == [1, 1]


def test_what_a_token_adds_to_the_text(house_trace: Trace) -> None:
    assert house_trace.logits is not None
    for token_id in likeliest_first(house_trace.logits)[:20].tolist():
        more = questions.continued(house_trace, token_id)
        assert more.recut == ()
        assert more.added.encode() == questions.pieces_of(house_trace, [token_id])[0]


def test_a_token_that_is_cut_otherwise_is_said(house_trace: Trace) -> None:
    vocabulary = questions.pieces_of(house_trace, range(1_000))
    more = questions.continued(house_trace, vocabulary.index(b"s"))  # " book" and "s" are read as " books"
    assert more.added == "s"
    assert b"".join(more.recut).endswith(b"books")


def test_a_token_that_is_no_text_is_not_written(house_trace: Trace) -> None:
    vocabulary = questions.pieces_of(house_trace, range(1_000))
    part = next(i for i, piece in enumerate(vocabulary) if b"\xe2" in piece)
    assert questions.kinds_of(house_trace, [0, part, vocabulary.index(b"s")]) == ("mark", "part", "text")
    with pytest.raises(NotShownError, match="the model would stop"):
        questions.continued(house_trace, 0)
    with pytest.raises(NotShownError, match="only a part of a character"):
        questions.continued(house_trace, part)
    with pytest.raises(IndexError):
        questions.continued(house_trace, 10**6)
