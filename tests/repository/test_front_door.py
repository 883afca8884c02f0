"""What meets whoever comes by: a map for language models, forms for reports, how to cite, what to report in private."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import boxwright
from boxwright.cli.main import COMMANDS

FORMS = Path(__file__).parents[2] / ".github/ISSUE_TEMPLATE"
SEEN_FROM_ELSEWHERE = {"docs/index.md", "docs/reference", "docs/decisions"}  # the README, the interface, one page
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


@pytest.fixture
def map_of_pages(root: Path) -> str:
    return (root / "llms.txt").read_text()


def test_the_map_leads_to_files_that_exist(map_of_pages: str, root: Path) -> None:
    missing = [link for link in LINK.findall(map_of_pages) if not (root / link).is_file()]
    assert not missing, f"llms.txt links to {missing}"


def test_the_map_has_every_page(map_of_pages: str, root: Path) -> None:
    pages = [path.relative_to(root) for path in sorted((root / "docs").rglob("*.md"))]
    wanted = {
        page.as_posix()
        for page in pages
        if page.as_posix() not in SEEN_FROM_ELSEWHERE and page.parent.as_posix() not in SEEN_FROM_ELSEWHERE
    }
    assert wanted <= set(LINK.findall(map_of_pages))


def test_the_map_names_what_exists(map_of_pages: str) -> None:
    assert re.match(r"# boxwright\n\n> ", map_of_pages)
    assert set(re.findall(r"`boxwright\.(\w+)", map_of_pages)) == set(boxwright.__all__) - {"__version__"}
    assert set(re.findall(r"`boxwright ([a-z]+)", map_of_pages)) <= set(COMMANDS)


@pytest.mark.parametrize("form", sorted(FORMS.glob("*.yml")), ids=lambda path: path.stem)
def test_a_form_can_be_filled_in(form: Path) -> None:
    read = _load(form)
    assert {"name", "description", "body"} <= set(read)
    fields = [field for field in read["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in fields} <= {"input", "textarea", "dropdown", "checkboxes"}
    names = [field["id"] for field in fields]
    assert len(set(names)) == len(names)
    assert all(field["attributes"]["label"] for field in fields)
    assert any(field.get("validations", {}).get("required") for field in fields)
    assert set(re.findall(r"`boxwright ([a-z]+)", form.read_text())) <= set(COMMANDS)


@pytest.mark.parametrize("form", ["fault", "number"])
def test_a_report_has_what_doctor_says(form: str) -> None:
    (field,) = [field for field in _load(FORMS / f"{form}.yml")["body"] if field.get("id") == "doctor"]
    assert "`boxwright doctor`" in field["attributes"]["label"]
    assert field["validations"]["required"] is True


def test_the_citation_names_this_version(root: Path) -> None:
    citation = _load(root / "CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["version"] == boxwright.__version__
    assert citation["license"] == "Apache-2.0"
