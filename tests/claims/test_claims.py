"""Every notice of an example is true of the model that ships, and not by a hair.

A notice names its claim, and the claim is a function below. When a model was trained anew and no longer does what a
notice says, the notice is what has to change.
"""

import re
from collections.abc import Callable

import numpy as np
import pytest

from headlight.model.admitting.catalog import MODELS
from headlight.model.reading.tokens import label
from headlight.model.run import run
from headlight.model.science import projection
from headlight.model.science.head_scores import ScoreName
from headlight.model.trace import Stack
from headlight.pages.frame.examples import PRESETS
from headlight.pages.frame.examples.models import CROSSING
from headlight.pages.frame.examples.notices import Notice, Preset
from headlight.pages.frame.registry import PAGES
from headlight.viz.bars import N_NAMED
from tests.claims import measures
from tests.claims.measures import attention_of, continuation, next_tokens, scores_of_heads, words_of
from tests.claims.sentences import ORDINARY, OTHER_CROSSING

Check = Callable[[Preset, Notice], None]
CHECKS: dict[str, Check] = {}
NOTICES = [(preset, notice) for preset in PRESETS for notice in preset.notices]


def claim(check: Check) -> Check:
    """Note the check of a claim under its name: the function's, with spaces."""
    CHECKS[check.__name__.replace("_", " ")] = check
    return check


@pytest.mark.parametrize(
    ("preset", "notice"), NOTICES, ids=[f"{notice.model}-{preset.title}-{notice.page}" for preset, notice in NOTICES]
)
def test_what_the_example_says_is_so(preset: Preset, notice: Notice) -> None:
    CHECKS[notice.claim](preset, notice)


def test_no_check_is_left_over() -> None:
    assert set(CHECKS) == {notice.claim for _, notice in NOTICES}


def test_every_notice_has_a_page_a_model_and_a_sentence() -> None:
    for preset, notice in NOTICES:
        assert notice.page in {page.path for page in PAGES}, preset
        assert notice.model in {entry.name for entry in MODELS}, preset
        assert "{" not in notice.sentence


def test_examples_are_told_apart_and_fit_the_list() -> None:
    assert len({preset.text for preset in PRESETS}) == len({preset.title for preset in PRESETS}) == len(PRESETS)
    assert max(len(preset.title) for preset in PRESETS) <= 60  # two lines on a phone
    assert all(preset.notices for preset in PRESETS)


@claim
def one_head_reads_the_verb_and_another_the_noun(preset: Preset, notice: Notice) -> None:
    trace = run(notice.model, preset.text)
    words = words_of(trace)
    weights = attention_of(trace, "decoder").weights[:, :, words.index(_quoted(notice)[0])]  # (layer, head, key)
    for head, word in zip(notice.heads, ("taught", "students"), strict=True):
        row = weights[head]
        assert words[row.argmax()] == word
        assert row.max() > 1.3 * np.partition(row, -2)[-2]
    others = weights[..., [words.index("taught"), words.index("students")]].max(axis=-1) < weights.max(axis=-1)
    assert others.mean() > 0.6


@claim
def one_head_reads_the_token_before_and_another_the_first(preset: Preset, notice: Notice) -> None:
    texts = (preset.text, *ORDINARY)
    names: tuple[ScoreName, ScoreName] = ("previous", "first")
    for head, name in zip(notice.heads, names, strict=True):
        for text in texts:
            scores, chance = scores_of_heads(run(notice.model, text), "decoder")
            assert scores[name][head] > 2 * chance[name], (name, text)
        mean, _ = measures.mean_scores(notice.model, texts, "decoder", name)
        assert mean[head] > 0.45
    scores, _ = scores_of_heads(run(notice.model, preset.text), "decoder")
    assert scores["previous"][notice.heads[0]] > 0.5
    assert scores["first"][notice.heads[1]] > 0.6


@claim
def equal_words_move_apart(preset: Preset, notice: Notice) -> None:
    trace = run(notice.model, preset.text)
    first, second = (at for at, word in enumerate(words_of(trace)) if word == "bank")
    vectors = trace.stacks[0].token_embeddings
    np.testing.assert_array_equal(vectors[first], vectors[second])
    assert f"After layer {trace.stacks[0].n_layers - 1}" in notice.sentence
    bank = measures.angles_between(notice.model, preset.text, "bank")
    tree = measures.angles_between(notice.model, preset.text.replace("bank", "tree"), "tree")
    assert bank[-1] > 15
    assert tree[-1] > 15


@claim
def what_comes_later_changes_nothing(preset: Preset, notice: Notice) -> None:
    a, b = (run(notice.model, text) for text in (preset.text, preset.second))
    assert words_of(a)[:-1] == words_of(b)[:-1]
    gap = np.abs(attention_of(a, "decoder").weights - attention_of(b, "decoder").weights)  # (layer, head, query, key)
    assert gap[:, :, :-1].max() < 1e-5
    assert gap[:, :, -1].max() > 0.05
    bank = words_of(a).index("bank")
    states_a, states_b = (trace.stacks[0].hidden_states[:, bank] for trace in (a, b))
    np.testing.assert_allclose(states_a, states_b, atol=1e-4)


@claim
def the_verb_agrees_with_the_subject(preset: Preset, notice: Notice) -> None:
    for plural, singular in (("were", "was"), ("are", "is")):
        likely, unlikely = (continuation(notice.model, preset.text, word)[0] for word in (plural, singular))
        assert likely > 2 * unlikely
        one = preset.text.replace("dogs", "dog")
        assert continuation(notice.model, one, singular)[0] > continuation(notice.model, one, plural)[0]


@claim
def the_verb_agrees_with_the_nearest_noun(preset: Preset, notice: Notice) -> None:
    wrong, right = (continuation(notice.model, preset.text, word)[0] for word in ("is", "are"))
    assert wrong > 5 * right


@claim
def one_head_reads_what_followed_the_same_token(preset: Preset, notice: Notice) -> None:
    trace = run(notice.model, preset.text)
    scores, chance = scores_of_heads(trace, "decoder")
    (head,) = notice.heads
    assert scores["induction"][head] == scores["induction"].max()
    assert scores["induction"][head] > 3 * chance["induction"]
    words = words_of(trace)
    red = len(words) - 1 - words[::-1].index("red")
    row = attention_of(trace, "decoder").weights[*head, red]
    assert row.argmax() == words.index("red") + 1 == words.index("car")
    assert row.max() > 0.6


@claim
def it_does_not_copy(preset: Preset, notice: Notice) -> None:
    second_half = {word: (probability, rank) for word, probability, rank in measures.copying(notice.model, preset.text)}
    for colour in ("red", "green", "blue"):
        probability, rank = second_half[colour]
        assert rank > 2
        assert probability < 0.1


@claim
def it_does_not_know_the_fact(preset: Preset, notice: Notice) -> None:
    probability, rank = continuation(notice.model, preset.text, _quoted(notice)[0])
    assert rank > 2 * N_NAMED
    assert probability < 0.01


@claim
def it_is_certain(preset: Preset, notice: Notice) -> None:
    assert next_tokens(notice.model, preset.text)[0][1] > 0.9


@claim
def it_is_undecided(preset: Preset, notice: Notice) -> None:
    assert next_tokens(notice.model, preset.text)[0][1] < 0.09


@claim
def it_foresees_the_restaurant(preset: Preset, notice: Notice) -> None:
    (first, most), (_, next_most), *_ = next_tokens(notice.model, preset.text)
    assert first == "␣restaurant"
    assert most > 3 * next_most


@claim
def a_word_falls_into_pieces(preset: Preset, notice: Notice) -> None:
    words = words_of(run(notice.model, preset.text))
    assert "telescope" not in words
    assert "".join(words).endswith("telescope")


@claim
def words_and_signs_fall_into_pieces(preset: Preset, notice: Notice) -> None:
    stack = run(notice.model, preset.text).stacks[0]
    whole = [label(piece).strip() for piece in stack.pieces]
    assert "unbelievable" not in whole
    assert b"".join(stack.pieces[-4:]) == "🏦".encode()
    assert all(len(piece) == 1 for piece in stack.pieces[-4:])


@claim
def days_are_near_days(preset: Preset, notice: Notice) -> None:
    near = measures.neighbours(notice.model, "Tuesday", 4)
    assert {word for word, _ in near} <= {f"␣{day}day" for day in ("Mon", "Wednes", "Thurs", "Fri", "Satur", "Sun")}
    colours = {"␣yellow", "␣pink", "␣brown", "␣gray", "␣grey", "␣white", "␣black", "␣green", "␣red", "␣blue", "␣purple"}
    for colour in ("red", "blue"):
        assert {word for word, _ in measures.neighbours(notice.model, colour, 3)} <= colours


@claim
def the_sum_stays_at_the_king(preset: Preset, notice: Notice) -> None:
    assert preset.words == "king - man + woman"
    (first, most), (_, next_most) = measures.near_sum(notice.model, {"king": 1, "man": -1, "woman": 1}, 2)
    assert first == "␣king"
    assert most > next_most + 0.1


def four_equal_tokens(model: str, text: str) -> tuple[Stack, list[int]]:
    """Return what the model read and where "the" stands in it: four times, and always the same vector."""
    trace = run(model, text)
    stack = trace.stacks[0]
    places = [at for at, word in enumerate(words_of(trace)) if word == "the"]
    assert len(places) == 4
    assert len({stack.token_embeddings[at].tobytes() for at in places}) == 1
    return stack, places


@claim
def equal_tokens_differ_by_their_position(preset: Preset, notice: Notice) -> None:
    stack, places = four_equal_tokens(notice.model, preset.text)
    assert stack.position_embeddings is not None
    summed = stack.token_embeddings + stack.position_embeddings
    assert len({summed[at].tobytes() for at in places}) == 4
    gaps = np.linalg.norm(summed[places][:, None] - summed[places], axis=-1)
    assert gaps[~np.eye(4, dtype=bool)].min() > 0.05 * np.linalg.norm(summed[places], axis=1).mean()


@claim
def equal_tokens_differ_by_what_stands_before(preset: Preset, notice: Notice) -> None:
    stack, places = four_equal_tokens(notice.model, preset.text)
    assert stack.position_embeddings is None
    angles = projection.angles(stack.hidden_states[1, places])
    assert angles[~np.eye(4, dtype=bool)].min() > 5


@claim
def the_colour_and_the_noun_cross(preset: Preset, notice: Notice) -> None:
    found = dict(measures.crossings(notice.model, preset.text, (("black", "negro"), ("cat", "gato"))))
    for head in notice.heads:
        assert found[head] > 0.6
    assert notice.heads == CROSSING
    for sentence in re.findall(r"writes “([^”]*)”", notice.text):
        assert run(notice.model, preset.text).target_text == sentence
    for text, pairs in OTHER_CROSSING:  # a head that does it once could do it by chance
        found = dict(measures.crossings(notice.model, text, pairs))
        assert set(notice.heads) <= set(found), text


@claim
def the_bank_of_a_river_becomes_a_house_for_money(preset: Preset, notice: Notice) -> None:
    written = run(notice.model, preset.text).target_text or ""
    assert "banco" in written
    assert "río" in written
    before = written.split("banco")[0].strip()
    assert continuation(notice.model, preset.text, "banco", before)[0] > 0.4


@claim
def the_order_of_English_is_unlikely_in_Spanish(preset: Preset, notice: Notice) -> None:
    before = preset.target.split(" rojo")[0]
    noun, rank = continuation(notice.model, preset.text, "coche", before)
    assert rank == 1
    assert noun > 0.4
    assert continuation(notice.model, preset.text, "rojo", before)[0] < 0.02
    written = run(notice.model, preset.text).target_text
    assert written is not None
    assert "coche rojo" in written


@claim
def one_head_looks_back_and_another_ahead(preset: Preset, notice: Notice) -> None:
    before, after = notice.heads
    for text in (preset.text, *ORDINARY):
        attention = attention_of(run(notice.model, text), "encoder")
        assert np.diagonal(attention.weights[before], -1)[1:].mean() > 0.6  # the token after [CLS] has none of its own
        assert np.diagonal(attention.weights[after], 1)[:-1].mean() > 0.6


@claim
def what_comes_later_changes_what_stands_before(preset: Preset, notice: Notice) -> None:
    a, b = (run(notice.model, text) for text in (preset.text, preset.second))
    words = words_of(a)
    bank = words.index("bank")
    assert words[:-2] == words_of(b)[:-2]  # the last word, and [SEP]
    gap = np.abs(attention_of(a, "encoder").weights - attention_of(b, "encoder").weights)  # (layer, head, query, key)
    assert gap[:, :, bank].max() > 0.1
    states_a, states_b = (trace.stacks[0].hidden_states[-1, bank] for trace in (a, b))
    assert np.linalg.norm(states_a - states_b) > 0.05 * np.linalg.norm(states_a)


@claim
def the_word_behind_the_gap_decides(preset: Preset, notice: Notice) -> None:
    gap = preset.hidden.lower()
    assert measures.filling(notice.model, preset.text, gap, gap)[0] > 0.8
    without = preset.text.replace(" States", "")
    assert measures.filling(notice.model, without, gap, gap)[0] < 0.2


@claim
def the_word_before_the_gap_decides(preset: Preset, notice: Notice) -> None:
    before = preset.text.split(f" {preset.hidden}")[0]
    assert continuation(notice.model, before, preset.hidden)[0] < 0.2
    assert continuation(notice.model, f"{before} {preset.hidden}", "States")[0] > 0.8


@claim
def the_gap_agrees_with_the_subject(preset: Preset, notice: Notice) -> None:
    woman = preset.text.replace("man", "woman")
    for text, right, wrong in ((preset.text, "his", "her"), (woman, "her", "his")):
        likely, unlikely = (measures.filling(notice.model, text, preset.hidden, word)[0] for word in (right, wrong))
        assert likely > 1.3 * unlikely


def _quoted(notice: Notice) -> list[str]:
    """Return the words that stand in “quotation marks” in a notice."""
    return [part.split("”")[0] for part in notice.text.split("“")[1:]]
