"""The page in Chinese says everything in Chinese, what Python says of a step, a file or a refused setting included."""

import pytest
from playwright.sync_api import Page, expect

from chainrule import activations, losses
from tests.play.browser.conftest import Open, Watched
from tests.play.browser.driving import shown, story

ENGLISH = """() => {
    const found = [], phrase = /[a-z’']{2,} [a-z’']{2,}/;
    const look = (text, where) => phrase.test(text) && found.push([where, text.trim()]);
    const walk = (root) => {
        for (const each of root.querySelectorAll("*")) {
            if (each.shadowRoot) walk(each.shadowRoot);
            if (each.matches("script, style, pre, code, mi")) continue;
            for (const name of ["aria-label", "title", "placeholder"]) look(each.getAttribute(name) ?? "", name);
            for (const child of each.childNodes) if (child.nodeType === Node.TEXT_NODE) look(child.data, each.tagName);
        }
    };
    walk(document);
    return found;
}"""
"""What stands anywhere on the page and has two English words in a row."""


def english(page: Page) -> list[str]:
    found: list[tuple[str, str]] = page.evaluate(ENGLISH)
    names = {name.replace("_", " ") for name in (*activations.names(), *losses.names())}  # formulas keep their names
    return [f"{where}: {text}" for where, text in found if text not in names]


def test_the_walk_through_a_step(open_page: Open) -> None:
    page = open_page("language=zh-Hant&epochs=50&data=spirals&classes=3&normalization=batch_norm&optimizer=adam&l2=0.1")
    page.locator("#panel-inside button.primary").click()
    page.locator("#inside-samples").select_option("first")
    steps = page.locator("#inside-step option")
    expect(page.locator(".inside-place")).to_contain_text("進入正規化的值")
    for _ in range(steps.count()):
        assert english(page) == []
        page.keyboard.press("ArrowRight")
    expect(page.locator(".inside-paper .step h3")).to_contain_text("新的偏差")
    page.locator(".inside-paper summary").click()
    expect(page.locator(".inside-paper .given")).to_contain_text("批次正規化取這些樣本的平均與變異數")


def test_the_same_page_in_one_language_and_the_other(open_page: Open) -> None:
    page = open_page("language=zh-Hant&normalization=batch_norm")
    page.locator("#panel-inside button.primary").click()
    heading, given = page.locator(".inside-paper .step h3"), page.locator(".inside-paper .given")
    expect(heading).to_have_text("進入正規化的值")
    formulas = given.locator("math").all_text_contents()
    assert "μrun(i)" in formulas  # a letter's tag is no word
    for language, words in (("en", "What enters the normalization"), ("zh-Hant", "進入正規化的值")):
        page.locator("#language").select_option(language)
        expect(heading).to_have_text(words)
        expect(given).to_contain_text({"en": "the weights of layer i", "zh-Hant": "第 i 層的權重"}[language])
        expect(page.locator(".inside-paper")).to_have_attribute("lang", language)
        assert given.locator("math").all_text_contents() == formulas
    assert english(page) == []


@pytest.mark.parametrize(
    ("name", "option", "words"),
    [
        ("output", "relu", "「二元交叉熵」需要 [0, 1] 之內的預測值"),
        ("loss", "categorical_cross_entropy", "請選適合兩個類別的損失"),
    ],
)
def test_what_the_engine_refuses(open_page: Open, watched: Watched, name: str, option: str, words: str) -> None:
    page = open_page("language=zh-Hant")
    shown(page, name).select_option(option)
    expect(page.locator(".trouble")).to_contain_text(words)
    expect(page.locator("#panel-controls .complaint").first).to_contain_text(words)
    assert english(page) == []
    page.locator("#language").select_option("en")
    assert english(page) != []  # it was there to be seen
    watched.errors.clear()  # the browser's own word for the engine's no


def test_what_is_said_of_files(open_page: Open, watched: Watched) -> None:
    page = open_page("language=zh-Hant")
    files = page.locator("input[type=file]").first
    for name, content, words in (
        ("model.safetensors", b"\0" * 40, "檔案不完整或已損壞"),
        ("run.json", b'{"settings": {"optimizer": "sgdd"}}', "「最佳化方法」沒有 'sgdd' 這個選項"),
        ("table.csv", b"x,y,kind\n1,2\n", "第一行卻有 3 欄"),
    ):
        files.set_input_files([{"name": name, "mimeType": "text/plain", "buffer": content}])
        expect(page.locator("#panel-controls .complaint")).to_contain_text(words)
        assert english(page) == []
    table = "x;y;kind\n" + "1,5;2,5;0\n2,5;1,5;1\n"
    files.set_input_files([{"name": "table.csv", "mimeType": "text/csv", "buffer": table.encode()}])
    expect(page.locator("dialog[open]")).to_contain_text("檔案以逗號作為小數點。")
    assert english(page) == []
    watched.errors.clear()


def test_every_story(open_page: Open) -> None:
    page = open_page("language=zh-Hant")
    for name in ("vanishing_gradient", "dead_relu", "divergence", "overfitting"):
        story(page, name)
        assert english(page) == []
