"""A real Chromium, without a network."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; its absence is a failure, for what it shows is tested nowhere else."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail(
            f"There is no Chromium here (looked for {', '.join(NAMES)}), so the pages cannot be tested. Run "
            "`make browser`, which installs it with apt, or install it by hand."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Open]:
    """Opens a file and waits until it is drawn; in the end nothing may have failed or been asked of a network."""
    contexts, troubles = [], []

    def show(path: Path, *, theme: str = "light", width: int = 1400, height: int = 900) -> Page:
        size = {"width": width, "height": height}
        context = chromium.new_context(viewport=size, color_scheme=theme, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: message.type == "error" and troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(f"dialog {dialog.message}"))
        page.on("request", lambda sent: sent.url.startswith(("file:", "data:")) or troubles.append(sent.url))
        page.goto(path.as_uri())
        page.locator("body[data-ready], iframe").first.wait_for(state="attached")
        return page

    yield show
    for context in contexts:
        context.close()
    assert not troubles
