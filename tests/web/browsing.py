"""A real browser for tests: pages must not ask other servers, and whatever goes wrong on them is noted."""

import shutil
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

NEEDS_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore"),
]


@contextmanager
def a_browser():
    """The system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def a_visitor(browser, address):
    """A function from a path to the page, and a list of what went wrong: on the console, or requests elsewhere."""
    contexts = []

    def visit(path, **looks):
        context = browser.new_context(**looks)
        contexts.append(context)
        page, troubles = context.new_page(), []
        page.on("console", lambda said: troubles.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(dialog.message))
        page.on("request", lambda asked: troubles.append(asked.url) if not is_ours(asked.url) else None)
        page.goto(address + path, wait_until="networkidle")
        return page, troubles

    def is_ours(url):
        return url.startswith((address + "/", "data:", "blob:"))

    yield visit
    for context in contexts:
        context.close()


def barriers(page):
    """What axe finds wrong on a page, in readable form; nothing if all is well."""
    found = Axe().run(page)
    return found.generate_report() if found.violations_count else ""


def fits(page):
    """Whether the page is no wider than its window: only tables may scroll, in boxes of their own."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
