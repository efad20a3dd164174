"""The examples: what choosing one does, and when the page says what to notice."""

import pytest
from streamlit.testing.v1 import AppTest

from headlight.model.admitting import catalog
from headlight.pages.frame import examples
from headlight.pages.frame.examples import DECODER, PRESETS, preset_of
from headlight.pages.frame.examples.notices import Notice, Preset, listed
from headlight.pages.frame.registry import PAGES
from tests.app.conftest import App, said
from tests.model.folders import write_tiny_model

DOGS = "The dogs in the garden"
MADE_UP = "my own words"


def noticed(test: AppTest) -> list[str]:
    """Return what the page says is to be noticed."""
    bodies = [each.proto.body for each in test.get("html")]
    return [body for body in bodies if 'class="notice"' in body]


def choose(test: AppTest, preset: Preset) -> AppTest:
    return test.sidebar.selectbox(key="_preset").select(preset.text).run()


def links(test: AppTest) -> list[str]:
    return [each.proto.label for each in test.sidebar.get("page_link")]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
def test_every_example_says_on_its_pages_what_to_notice(app: App, preset: Preset) -> None:
    for notice in preset.notices:
        page = next(each for each in PAGES if each.path == notice.page)
        boxes = {name: value for name, value in preset.boxes.items() if value}
        test = app(page.path, text=preset.text, model=notice.model, **boxes)
        assert not test.exception
        assert not test.error
        assert not said(test)
        assert len(noticed(test)) == 1
        others = {each.page for each in preset.notices_for(notice.model)} - {page.path}
        assert len(links(test)) == len(others)


def test_choosing_fills_the_boxes_and_clears_those_it_leaves_empty(app: App) -> None:
    test = app("compare_heads")
    test.text_input(key="_widget_text_b").set_value(MADE_UP).run()
    bank = next(each for each in PRESETS if each.second)
    test = choose(test, bank)
    assert test.sidebar.text_input(key="_text_box").value == bank.text
    assert test.text_input(key="_widget_text_b").value == bank.second
    assert len(noticed(test)) == 1
    assert test.sidebar.selectbox(key="_preset").value is None
    test.text_input(key="_widget_text_b").set_value(MADE_UP).run()
    assert not noticed(test)
    test = choose(test, PRESETS[0])
    assert test.text_input(key="_widget_text_b").value == ""


def test_the_notice_leaves_with_the_sentence(app: App) -> None:
    test = choose(app("next_token"), next(each for each in PRESETS if each.text == DOGS))
    assert "were" in noticed(test)[0]
    test.sidebar.text_input(key="_text_box").set_value(DOGS + " were").run()
    assert not noticed(test)
    assert not links(test)


def test_another_model_gets_no_notice_but_the_way_to_the_one_it_is_true_of(
    app: App, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_tiny_model(tmp_path_factory.mktemp("models") / "other")
    monkeypatch.setenv("HEADLIGHT_MODELS", str(folder.parent))
    test = app("next_token", text=DOGS, model="folder:other")
    assert not noticed(test)
    (offer,) = [each for each in test.sidebar.button if each.key == f"_example_model_{DECODER}"]
    assert offer.label == f"Try it with the {catalog.MODELS[0].title}"
    test = offer.click().run()
    assert test.sidebar.selectbox(key="_model_box").value == DECODER
    assert len(noticed(test)) == 1


def test_a_notice_reaches_the_page_as_text(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    notice = Notice(
        page="tokens", model=DECODER, claim="none", text="<img src=x onerror=alert(1)> & {heads}", heads=((1, 2),)
    )
    preset = Preset(title="Markup", text=MADE_UP, notices=(notice,))
    monkeypatch.setattr(examples, "PRESETS", (preset,))
    (body,) = noticed(app("tokens", text=MADE_UP))
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; layer 1, head 2" in body


def test_heads_are_spelled_as_on_screen() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    notice = Notice(page="", model=DECODER, claim="", text="{1} and {heads}", heads=((0, 1), (2, 3)))
    assert notice.sentence == "Layer 2, head 3 and layer 0, head 1 and layer 2, head 3"


def test_only_the_very_sentence_is_an_example() -> None:
    assert preset_of(PRESETS[0].text) is PRESETS[0]
    assert preset_of(PRESETS[0].text + " ") is None
