"""Every page on every model that ships: it draws, or says in a pupil's words why not and where to look instead."""

import pytest

from headlight.model.admitting.catalog import BUNDLED, MODELS, Entry, admit
from headlight.model.admitting.facts import ModelFacts
from headlight.model.engine import default_engine
from headlight.pages.frame.registry import PAGES, PageEntry
from tests.app.conftest import App, said

NAMES = [entry.name for entry in MODELS]


def facts(name: str) -> ModelFacts:
    return default_engine().facts(admit(name))


@pytest.fixture(params=MODELS, ids=NAMES)
def entry(request: pytest.FixtureRequest) -> Entry:
    found: Entry = request.param
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_every_page_draws_or_says_why_not(app: App, entry: Entry, page: PageEntry) -> None:
    test = app(page.path, model=entry.name)
    assert not test.exception
    assert not test.error
    assert not test.warning
    assert test.title[0].value == page.title
    assert test.selectbox(key="_model_box").value == entry.name
    html = [each.proto.body for each in test.main.get("html")]
    frame = ("headlight.address", "headlight.enter")
    components = [each for each in test.get("bidi_component") if not each.proto.component_name.endswith(frame)]
    drawn = components or [each for each in html if 'class="stage"' in each or 'class="cards"' in each]
    assert drawn or said(test)


def test_every_page_has_the_card_of_the_model(app: App, entry: Entry) -> None:
    test = app(model=entry.name)
    card = (BUNDLED / entry.name / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert card.strip() in [each.value.strip() for each in test.markdown]
    assert entry.title in str(test.selectbox(key="_model_box").options)
    assert f"{facts(entry.name).n_parameters / 1e6:,.1f} M parameters" in " ".join(each.value for each in test.caption)


@pytest.mark.parametrize("page", ["attention", "compare_heads"])
def test_attention_is_drawn_or_the_page_says_what_there_is_instead(app: App, entry: Entry, page: str) -> None:
    test = app(page, model=entry.name)
    if facts(entry.name).n_heads:
        assert any(each.proto.component_name.endswith("headlight.explorer") for each in test.get("bidi_component"))
    else:
        assert "This model has no attention: no token looks back at another one." in said(test)
