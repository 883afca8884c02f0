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
TELEPHONE = 400  # pixels
# A frame as wide as a telephone: no window has to be drawn, and styles and scripts are read once for all pages.
MEASURED = """async ([address, side]) => {
  const frame = document.createElement("iframe");
  frame.style = `width: ${side}px; height: 800px; border: 0`;
  frame.src = address;
  const loaded = new Promise((done) => { frame.onload = done; });
  document.body.append(frame);
  await loaded;
  const { document: page, innerWidth: width } = frame.contentWindow;
  const commands = [...page.querySelectorAll(".language-console code")];  // they wrap
  const cut = commands.filter((code) => code.scrollWidth > code.clientWidth + 1);
  const found = {
    title: page.title,
    width,
    tooWide: Math.max(0, page.documentElement.scrollWidth - width),
    commands: commands.length,
    cut: cut.map((code) => code.textContent.slice(0, 60)),
  };
  frame.remove();
  return found;
}"""


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
def around(chromium: Browser, site: Path) -> Iterator[Page]:
    """An empty page of the site, for frames that get what the layout depends on: pages, styles, the theme's script."""

    def answer(route: Route) -> None:
        file = _file(site, route.request.url)
        if route.request.resource_type in ("document", "stylesheet", "script") and "/search/" not in route.request.url:
            route.fulfill(path=file)
        else:
            route.abort()

    context = chromium.new_context(viewport={"width": 500, "height": 900})
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(ADDRESS, wait_until="domcontentloaded")
    page.set_content("<body></body>")
    yield page
    context.close()


@pytest.mark.slow
def test_no_page_is_wider_than_a_telephone(around: Page, addresses: list[str]) -> None:
    found = {address: around.evaluate(MEASURED, [address, TELEPHONE]) for address in addresses}
    assert all(page["title"] for page in found.values())
    assert {page["width"] for page in found.values()} == {TELEPHONE}
    assert around.evaluate(MEASURED, [ADDRESS, TELEPHONE // 8])["tooWide"] > 0, "what is too wide is seen"
    assert sum(page["commands"] for page in found.values()) > 40
    assert {address: page["tooWide"] for address, page in found.items() if page["tooWide"]} == {}
    assert {address: page["cut"] for address, page in found.items() if page["cut"]} == {}
