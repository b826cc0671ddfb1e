"""Slides of a lesson: what it prints and draws, answers that wait, nothing asked of anybody."""

import re
import shutil

import pytest

from qdml_quantum.teach.slides import slides

LESSON = """\"\"\"Lesson: short & <good>.\"\"\"

# %% [markdown]
# # Short

# %%
print(6 * 7)

# %% [markdown]
# **Predict.**

# %% [markdown]
# <details><summary>Answer</summary>
#
# Because.
#
# </details>

# %% tags=["hide-output"]
import matplotlib.pyplot as plt

_ = plt.plot([1, 2])
print(600 + 66)
"""
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


@pytest.fixture(scope="module")
def deck(tmp_path_factory):
    pytest.importorskip("nbconvert")
    pytest.importorskip("matplotlib")
    lesson = tmp_path_factory.mktemp("lesson") / "01_short.py"
    lesson.write_text(LESSON, encoding="utf-8")
    made = lesson.with_suffix(".html")
    made.write_text(slides(lesson), encoding="utf-8")
    return made


@pytest.mark.slow
def test_slides_are_one_file(deck):
    html = deck.read_text(encoding="utf-8")
    assert "<title>short &amp; &lt;good&gt;</title>" in html
    assert html.count("<section>") == 2 and html.count('class="fragment"') == 2
    assert "42" in html and "666" in html and "data:image/png;base64" in html
    assert "<details open>" in html  # whoever goes on wants to see it
    assert not re.search(r"(src|href)=.?(https?:)?//", html)
    assert not re.search(r"@import|require\(|unpkg|cdn", html)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no browser")
def test_answers_wait_for_a_key(deck):
    api = pytest.importorskip("playwright.sync_api", reason="no browser")
    wrong = []
    with api.sync_playwright() as playwright:
        arguments = ["--disable-gpu", "--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.append(request.url))
        page.goto(deck.as_uri())
        assert wrong == [deck.as_uri()]
        assert page.is_visible("text=Short") and not page.is_visible("text=Predict.")
        assert page.inner_text("#where") == "1 / 2"
        for key, seen in (
            ("ArrowRight", (True, False, False)),
            ("Space", (True, True, False)),
            ("PageDown", (True, True, True)),
            ("ArrowRight", (True, True, True)),
            ("ArrowLeft", (True, True, False)),
            ("End", (True, True, True)),
        ):
            page.keyboard.press(key)
            assert seen == tuple(
                page.is_visible(f"text={text}") for text in ("Predict.", "Because.", "666")
            )
        assert page.is_visible("img")
        assert page.url.endswith("#2")
        page.click("#back")
        assert not page.is_visible("text=666")
        page.keyboard.press("Home")
        assert page.is_visible("text=Short")
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.is_visible("text=666") and page.is_visible("text=Short")
        browser.close()
    assert [text for text in wrong if not text.startswith(("data:", deck.as_uri()))] == []
