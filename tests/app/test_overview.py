"""The Overview: what its pictures show and what can be taken away are the Trace's numbers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from headlight.model.science.attention import softmax
from headlight.model.trace import Trace
from headlight.pages.overview import strip
from headlight.pages.overview.columns import layer_columns, logit_columns, mean_maps, token_columns, vector_columns
from tests.app.conftest import App


def stages(app: App, **query: str) -> list[str]:
    """Return the HTML of every stage of the strip."""
    test = app("", **query)
    assert not test.exception
    return [each.proto.body for each in test.get("html") if 'class="stage"' in each.proto.body]


def test_seven_stages_lead_from_text_to_next_token(app: App, house_trace: Trace) -> None:
    drawn = stages(app)
    assert len(drawn) == 7
    assert all(f"<small>{token_id}</small>" in drawn[1] for token_id in house_trace.stacks[0].ids)
    assert house_trace.logits is not None
    probabilities = softmax(house_trace.logits.astype(np.float64))
    for share in sorted(probabilities, reverse=True)[:5]:
        assert f">{100 * share:.1f} %<" in drawn[5]
    rest = 1 - sum(sorted(probabilities, reverse=True)[:5])
    assert f">{100 * rest:.1f} %<" in drawn[5]
    assert f"token {probabilities.argmax()}" in drawn[6]


def test_tokens_and_vectors_are_the_traces(house_trace: Trace) -> None:
    (stack,) = house_trace.stacks
    columns = token_columns(stack)
    np.testing.assert_array_equal(columns["id"], stack.ids)
    np.testing.assert_allclose(columns["length_of_hidden_state_3"], np.linalg.norm(stack.hidden_states[3], axis=-1))
    columns = vector_columns(stack)
    np.testing.assert_allclose(np.asarray(columns["sum"]).reshape(stack.hidden_states[0].shape), stack.hidden_states[0])
    assert columns["piece"][stack.d_model] == "The"
    assert columns["dimension"][stack.d_model + 2] == 2


def test_layers_are_the_mean_of_their_heads(house_trace: Trace) -> None:
    (attention,) = house_trace.attentions
    maps = mean_maps(attention, [1, 4])
    assert np.isnan(maps[0][np.triu_indices(9, k=1)]).all()
    np.testing.assert_allclose(maps[1][8], attention.weights[4, :, 8].mean(axis=0))
    columns = layer_columns(house_trace, attention)
    assert len(columns["mean_weight"]) == attention.n_layers * 9 * 9
    row = 4 * 81 + 8 * 9 + 2
    assert [columns[name][row] for name in ("layer", "query", "key")] == [4, "book", "teacher"]
    assert columns["mean_weight"][row] == pytest.approx(attention.weights[4, :, 8, 2].mean())


def test_logits_of_the_whole_vocabulary_are_ordered(house_trace: Trace) -> None:
    assert house_trace.logits is not None
    columns = logit_columns(house_trace, house_trace.logits)
    np.testing.assert_array_equal(columns["logit"], np.sort(house_trace.logits)[::-1])
    assert np.sum(columns["probability"]) == pytest.approx(1)
    assert len(columns["piece"]) == len(house_trace.logits)


def test_a_model_of_many_layers_says_how_many_are_drawn(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "of them are drawn" not in stages(app)[3]
    monkeypatch.setattr(strip, "MOST_LAYERS", 4)
    assert "works on each token alone. 4 of them are drawn.<" in stages(app)[3]


def test_a_model_without_attention_shows_what_its_layers_give(
    app: App, tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADLIGHT_MODELS", str(tiny("mamba").parent))
    drawn = stages(app, model="folder:mamba")
    assert "<h3><b>3</b>Embedding</h3>" in drawn[2].replace("\n", "")
    assert drawn[3].count("after layer") >= 3
    assert "No attention" in drawn[3]


@pytest.mark.parametrize(
    ("target", "origin"), [("the king", "what was typed for it"), ("", "what the model itself wrote")]
)
def test_a_translator_shows_both_texts_and_both_stacks(
    app: App, tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, target: str, origin: str
) -> None:
    monkeypatch.setenv("HEADLIGHT_MODELS", str(tiny("marian").parent))
    boxes = {"target": target} if target else {}
    drawn = stages(app, text="the book", model="folder:marian", **boxes)
    assert drawn[0].count("<blockquote") == 2
    assert target in drawn[0]
    assert origin in drawn[0]
    assert "3 + 2 layers" in drawn[3]
    assert "behind what the decoder has read" in drawn[6]
