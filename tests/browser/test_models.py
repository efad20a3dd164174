"""The picker as a pupil uses it: a name is typed, is not there, and one click leads back."""

from playwright.sync_api import expect

from tests.browser.chromium import settle
from tests.browser.conftest import OpenPage


def test_a_typed_model_that_is_not_here_and_the_way_back(open_page: OpenPage) -> None:
    page = open_page("tokens", text="dogs chase cats")
    box = page.get_by_role("combobox", name="Model")
    box.click()
    box.fill("nobody/no-such-model")
    box.press("Enter")
    settle(page)
    expect(page.get_by_text("is not on this computer")).to_be_visible()
    assert "model=nobody%2Fno-such-model" in page.url
    expect(page.get_by_role("textbox", name="Your sentence")).to_have_value("dogs chase cats")
    page.get_by_role("button", name="Back to the Headlight decoder").click()
    settle(page)
    expect(page.get_by_test_id("stMain")).to_contain_text("cats")
    expect(page.get_by_text("is not on this computer")).to_have_count(0)
    assert "model=" not in page.url
