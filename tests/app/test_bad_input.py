"""Whatever is typed or stands in a link: a sentence on screen, the text kept in the box, no exception."""

import pytest

from headlight.pages.frame.registry import PAGES
from tests.app.conftest import App, go_to, said
from tests.conftest import HOUSE_SENTENCE

TEXTS = {
    "one token": "the",
    "one character": "a",
    "a million characters": "word " * 200_000,
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 🏦",
    "right to left": "שלום עולם مرحبا بالعالم",
    "combining marks": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!",
    "NUL": "a\x00b",
    "control characters": "a\x07\x1b[31m\x7f\u202e\u2028b",
    "what lone surrogates become": "a\ufffdb",
    "script": "<script>window.__pwn = 1</script>",
    "closing script": "</script><img src=x onerror=window.__pwn=1>",
    "picture": "![](http://192.0.2.1/x.png)",
    "template": "%{x} %{customdata[0]}",
    "math and colour": "$\\href{javascript:alert(1)}{x}$ :red[x] :material/home:",
    "typed special tokens": "[SEP] <|endoftext|> </s> [CLS]",
    "line breaks": "one\ntwo\r\n\tthree",
}


@pytest.mark.parametrize("page", [page.path for page in PAGES])
def test_every_page_shows_the_house_sentence(app: App, page: str) -> None:
    test = app(page)
    assert not test.exception
    assert test.title[0].value == next(each.title for each in PAGES if each.path == page)
    assert test.text_area(key="_text_box").value == HOUSE_SENTENCE
    assert not test.error


@pytest.mark.parametrize("page", [page.path for page in PAGES])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_strange_text_is_read_and_kept(app: App, page: str, text: str) -> None:
    test = app(page)
    test.text_area(key="_text_box").set_value(text).run()
    assert not test.exception
    assert not test.error
    assert test.text_area(key="_text_box").value == text


@pytest.mark.parametrize("page", [page.path for page in PAGES])
@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u00a0"])
def test_an_empty_text_is_answered_with_what_to_do(app: App, page: str, text: str) -> None:
    test = app(page)
    test.text_area(key="_text_box").set_value(text).run()
    assert not test.exception
    assert [each.value for each in test.error] == ["There is no text to read yet\\. Type a sentence in the box\\."]
    assert test.text_area(key="_text_box").value == text


def test_what_was_cut_is_said(app: App) -> None:
    test = app()
    test.text_area(key="_text_box").set_value("word " * 200_000).run()
    assert "998,000 characters" in said(test)
    assert "more tokens" in said(test)


def test_broken_characters_are_said(app: App) -> None:
    test = app()
    test.text_area(key="_text_box").set_value("a\ufffdb\ufffdc").run()
    assert "2 broken characters stand as" in said(test)


def test_a_typed_special_token_is_ordinary_text(app: App) -> None:
    test = app()
    test.text_area(key="_text_box").set_value("<|endoftext|>").run()
    cards = next(each.proto.body for each in test.get("html") if "cards" in each.proto.body)
    assert cards.count('class="card') - cards.count('class="cards') > 2
    assert cards.count(" special") == 1


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("nobody/no-such-model", "is not on this computer"),
        ("../../etc", "folder"),
        ("/etc", "folder"),
        ("..", "folder"),
        ("<script>alert(1)</script>", "not the name of a model"),
        ("![](http://192.0.2.1/x.png)", "not the name of a model"),
        ("a\x00b", "not the name of a model"),
        ("x" * 5_000, "not the name of a model"),
    ],
)
def test_an_unknown_model_is_a_sentence_and_the_text_stays(app: App, model: str, sentence: str) -> None:
    test = app(text="my own words", model=model)
    assert not test.exception
    assert sentence in said(test)
    assert test.text_area(key="_text_box").value == "my own words"


@pytest.mark.parametrize("page", [page.path for page in PAGES])
def test_parameters_of_the_wrong_kind_are_answered(app: App, page: str) -> None:
    wrong = ("-1", "999", "1e9", "abc", "", "0x0", "nan", "inf", "<script>", "🏦", "1.5", "9.9")
    names = next(each.parameters for each in PAGES if each.path == page)
    for value in wrong:
        test = app(page, nonsense="1", **dict.fromkeys(names, value))
        assert not test.exception, (page, value)
        assert "nonsense" not in test.query_params


def test_a_parameter_out_of_range_is_said(app: App) -> None:
    assert "The link asks for a model that is not there" in said(app("compare_heads", model_b="99"))
    assert "model_b" not in app("compare_heads", model_b="99").query_params


def test_a_text_too_long_for_a_link_is_left_out_and_said(app: App) -> None:
    test = app()
    test.text_area(key="_text_box").set_value("ö" * 251).run()  # 6 bytes each, encoded
    assert "text" not in test.query_params
    test.text_area(key="_text_box").set_value("ö" * 250).run()
    assert test.query_params["text"] == "ö" * 250


def test_text_and_model_outlive_a_page_change(app: App) -> None:
    test = app()
    test.text_area(key="_text_box").set_value("my own words").run()
    for page in PAGES:
        go_to(test, page.path)
        assert test.text_area(key="_text_box").value == "my own words"
        assert test.query_params["text"] == "my own words"
