"""The examples: what choosing one does, and when the page says what to notice."""

import pytest
from streamlit.testing.v1 import AppTest

from headlight.model.admitting import catalog
from headlight.pages.frame import examples
from headlight.pages.frame.examples import GROUPS, PRESETS, found, preset_of
from headlight.pages.frame.examples.models import DECODER
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


def listed_examples(test: AppTest) -> list[str]:
    return [each.key for each in test.button if each.key and each.key in {f"_example_{each.title}" for each in PRESETS}]


def choose(test: AppTest, preset: Preset) -> AppTest:
    test.session_state["_examples"] = True  # what a click on the button of the list does
    return test.run().button(key=f"_example_{preset.title}").click().run()


def links(test: AppTest) -> list[str]:
    return [label for each in test.get("page_link") if (label := each.proto.label).startswith("See it on")]


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
    test.text_area(key="_widget_compare_heads_text_b").set_value(MADE_UP).run()
    bank = next(each for each in PRESETS if each.second)
    test = choose(test, bank)
    assert test.text_area(key="_text_box").value == bank.text
    assert test.text_area(key="_widget_compare_heads_text_b").value == bank.second
    assert len(noticed(test)) == 1
    assert not listed_examples(test), "the list closes"
    test.text_area(key="_widget_compare_heads_text_b").set_value(MADE_UP).run()
    assert not noticed(test)
    test = choose(test, PRESETS[0])
    assert test.text_area(key="_widget_compare_heads_text_b").value == ""


def test_the_list_shows_every_example_in_its_group_and_a_search_narrows_it(app: App) -> None:
    test = app()
    assert not listed_examples(test), "nothing is drawn before the list is opened"
    test.session_state["_examples"] = True
    test.run()
    assert listed_examples(test) == [f"_example_{each.title}" for each in PRESETS]
    headings = [each.value for each in test.markdown]
    for group in GROUPS:
        assert f"**{group.title}**" in headings
    test.text_input(key="_example_search").set_value("BANK  river").run()
    assert listed_examples(test) == [f"_example_{each.title}" for each in PRESETS if {"bank", "river"} <= words(each)]
    test.text_input(key="_example_search").set_value("bank xyz").run()
    assert not listed_examples(test)
    assert "No example has all these words. Try fewer, or another one." in [each.value for each in test.markdown]


def words(preset: Preset) -> set[str]:
    return set(f"{preset.title} {preset.text}".casefold().replace(".", "").split())


def test_a_search_reads_titles_sentences_groups_models_and_pages() -> None:
    assert found("") == GROUPS
    everything = [each for group in GROUPS for each in group.presets]
    assert tuple(everything) == PRESETS
    for search, shown in (
        ("telescope", lambda each: "telescope" in each.text),
        ("translator", lambda each: any("translator" in model for model in each.models)),
        ("next token", lambda each: any(notice.page == "next_token" for notice in each.notices)),
        (GROUPS[3].title, lambda each: each in GROUPS[3].presets),
    ):
        hits = [each for group in found(search) for each in group.presets]
        assert hits
        assert set(filter(shown, PRESETS)) <= set(hits), search
    assert found("telescope patience") == ()


def test_the_notice_leaves_with_the_sentence(app: App) -> None:
    test = choose(app("next_token"), next(each for each in PRESETS if each.text == DOGS))
    assert "were" in noticed(test)[0]
    test.text_area(key="_text_box").set_value(DOGS + " were").run()
    assert not noticed(test)
    assert not links(test)


def test_another_model_gets_no_notice_but_the_way_to_the_one_it_is_true_of(
    app: App, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_tiny_model(tmp_path_factory.mktemp("models") / "other")
    monkeypatch.setenv("HEADLIGHT_MODELS", str(folder.parent))
    test = app("next_token", text=DOGS, model="folder:other")
    assert not noticed(test)
    (offer,) = [each for each in test.button if each.key == f"_example_model_{DECODER}"]
    assert offer.label == f"Try this example with the {catalog.MODELS[0].title}"
    test = offer.click().run()
    assert test.selectbox(key="_model_box").value == DECODER
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
