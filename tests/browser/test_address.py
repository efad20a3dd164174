"""A view survives a page change, Back, a reload and a copied link."""

from playwright.sync_api import Page, expect

from tests.browser.chromium import settle
from tests.browser.conftest import OpenPage


def type_sentence(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Your sentence")
    box.fill(text)
    box.press("Enter")
    settle(page)


def go_to(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
    settle(page)


def expect_view(page: Page, title: str, text: str) -> None:
    """Expect a page on a text: its title, the sentence box, and the address."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_role("textbox", name="Your sentence")).to_have_value(text)
    expect(page.get_by_test_id("stMain")).to_contain_text(text.split()[-1])
    assert text.replace(" ", "+") in page.url


def test_text_survives_page_change_back_forward_and_reload(open_page: OpenPage) -> None:
    page = open_page("attention")
    type_sentence(page, "dogs chase cats")
    expect_view(page, "Attention", "dogs chase cats")
    go_to(page, "Tokens")
    expect_view(page, "Tokens", "dogs chase cats")
    type_sentence(page, "birds sing songs")
    expect_view(page, "Tokens", "birds sing songs")
    for title, text in (("Tokens", "dogs chase cats"), ("Attention", "dogs chase cats")):
        page.go_back()
        settle(page)
        expect_view(page, title, text)
    page.go_forward()
    settle(page)
    expect_view(page, "Tokens", "dogs chase cats")
    page.reload()
    settle(page)
    expect_view(page, "Tokens", "dogs chase cats")


def test_a_page_change_is_one_step_back(open_page: OpenPage) -> None:
    page = open_page("next_token", text="dogs chase cats", temperature="0.65")
    steps = page.evaluate("history.length")
    go_to(page, "Tokens")
    expect_view(page, "Tokens", "dogs chase cats")
    assert page.evaluate("history.length") == steps + 1, "the path and what follows the question mark are one step"
    go_to(page, "Next token")
    expect_view(page, "Next token", "dogs chase cats")
    assert "temperature=0.65" in page.url
    assert page.evaluate("history.length") == steps + 2
    for title in ("Tokens", "Next token"):
        page.go_back()
        settle(page)
        expect_view(page, title, "dogs chase cats")
    assert "temperature=0.65" in page.url
    page.go_forward()
    settle(page)
    expect_view(page, "Tokens", "dogs chase cats")


def test_back_before_the_page_has_finished(open_page: OpenPage) -> None:
    page = open_page("next_token", text="dogs chase cats", temperature="0.65")
    link = page.get_by_test_id("stSidebarNav").get_by_role("link", name="Tokens")
    for _ in range(3):
        link.click()
        page.wait_for_function("location.pathname === '/tokens'")
        page.go_back()
        settle(page)
        expect_view(page, "Next token", "dogs chase cats")


def test_a_link_opens_the_same_view_elsewhere(open_page: OpenPage) -> None:
    page = open_page("attention", text="dogs chase cats")
    page.get_by_role("button", name="Layer 3, head 5").click()
    expect(page.locator("figcaption").first).to_contain_text("Layer 3, head 5")
    page.reload()
    settle(page)
    expect(page.locator("figcaption").first).to_contain_text("Layer 3, head 5")

    browser = page.context.browser
    assert browser is not None
    elsewhere = browser.new_context().new_page()
    elsewhere.goto(page.url)
    settle(elsewhere)
    expect_view(elsewhere, "Attention", "dogs chase cats")
    expect(elsewhere.locator("figcaption").first).to_contain_text("Layer 3, head 5")
    elsewhere.context.close()

    go_to(page, "Tokens")
    page.go_back()
    settle(page)
    expect(page.locator("figcaption").first).to_contain_text("Layer 3, head 5")


def test_a_long_text_survives_a_reload_and_the_link_says_it_is_left_out(open_page: OpenPage) -> None:
    page = open_page("tokens")
    text = "word " * 400
    type_sentence(page, text)
    expect(page.get_by_text("This sentence is too long for a link")).to_be_visible()
    assert "text=" not in page.url
    page.reload()
    settle(page)
    expect(page.get_by_role("textbox", name="Your sentence")).to_have_value(text)
    type_sentence(page, "short again")
    page.reload()
    settle(page)
    expect_view(page, "Tokens", "short again")


def test_the_link_button_copies_the_address(open_page: OpenPage) -> None:
    page = open_page("tokens", text="dogs chase cats")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Link copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_the_link_button_works_where_the_clipboard_is_closed(open_page: OpenPage) -> None:
    page = open_page("tokens", text="dogs chase cats")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not a secure page')); }")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Link copied.").or_(page.get_by_label("Link to this view"))).to_be_visible()


def test_a_lone_surrogate_is_replaced_and_said(open_page: OpenPage) -> None:
    page = open_page("tokens")
    expect(page.get_by_role("button", name="Copy link")).to_be_visible()  # its script mends the text
    page.evaluate(
        "() => { const box = document.querySelector('textarea[aria-label=\"Your sentence\"]'); box.focus();"
        " Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(box, 'a\\ud800b');"
        " box.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    page.keyboard.press("Enter")
    settle(page)
    expect(page.get_by_text("1 broken character stands as")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your sentence")).to_have_value("a\ufffdb")
