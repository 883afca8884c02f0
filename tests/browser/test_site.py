"""The site is built strictly; its links and anchors lead somewhere, and no page is wider than a telephone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

ROOT = Path(__file__).parents[2]
ADDRESS = "http://site.invalid/"
TOO_WIDE = "() => Math.max(0, document.documentElement.scrollWidth - innerWidth)"
# Commands wrap.
CUT_COMMANDS = """() => [...document.querySelectorAll(".language-console code")]
  .filter((code) => code.scrollWidth > code.clientWidth + 1).map((code) => code.textContent.slice(0, 60))"""


class _Links(HTMLParser):
    """What a page links to, shows, and can be linked at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.names |= {given[key] or "" for key in ("id", "name") if key in given}
        self.targets += [given[key] or "" for key in ("href", "src") if key in given]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def addresses(site: Path) -> list[str]:
    """Of every page."""
    folders = sorted(path.parent.relative_to(site).as_posix() for path in site.rglob("index.html"))
    assert len(folders) > 40
    return [urljoin(ADDRESS, "" if folder == "." else f"{folder}/") for folder in folders]


def _file(site: Path, address: str) -> Path:
    path = site / unquote(urlsplit(address).path).lstrip("/")
    return path / "index.html" if path.is_dir() else path


def _is_lost(target: str, site: Path, pages: dict[str, _Links]) -> bool:
    place, _, anchor = target.partition("#")
    if not _file(site, place).is_file():
        return True
    return bool(anchor) and place in pages and unquote(anchor) not in pages[place].names


@pytest.mark.slow
def test_links_and_anchors_lead_somewhere(site: Path, addresses: list[str]) -> None:
    pages = {address: _Links(_file(site, address).read_text()) for address in addresses}
    links = [(address, urljoin(address, target)) for address, page in pages.items() for target in page.targets]
    inside = [(address, target) for address, target in links if target.startswith(ADDRESS)]
    assert len(inside) > 1000
    assert [f"{address} -> {target}" for address, target in inside if _is_lost(target, site, pages)] == []


@pytest.fixture
def telephone(chromium: Browser, site: Path) -> Iterator[Page]:
    """A page 400 pixels wide that gets what the layout depends on: pages, styles and the theme's script."""

    def answer(route: Route) -> None:
        file = _file(site, route.request.url)
        if route.request.resource_type in ("document", "stylesheet", "script") and "/search/" not in route.request.url:
            route.fulfill(path=file)
        else:
            route.abort()

    context = chromium.new_context(viewport={"width": 400, "height": 800})
    context.route("**/*", answer)
    yield context.new_page()
    context.close()


@pytest.mark.slow
def test_no_page_is_wider_than_a_telephone(telephone: Page, addresses: list[str]) -> None:
    wide, cut, commands = {}, {}, 0
    for address in addresses:
        telephone.goto(address)
        wide[address] = telephone.evaluate(TOO_WIDE)
        cut[address] = telephone.evaluate(CUT_COMMANDS)
        commands += telephone.locator(".language-console code").count()
    assert commands > 40
    assert {address: found for address, found in wide.items() if found} == {}
    assert {address: found for address, found in cut.items() if found} == {}
