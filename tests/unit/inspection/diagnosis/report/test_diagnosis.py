"""What is written from a diagnosis: exit code, JSON, text and page."""

import json
import math
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from boxwright.inspection.diagnosis import Diagnosis, diagnose

GROUP = {
    "name": str,
    "targets": int,
    "without": int,
    "positives": float,
    "best": float,
    "poor": float,
    "lost": float,
    "beyond": int,
    "share_without": float,
    "share_beyond": float,
}
LEVEL = {
    "stride": int,
    "priors": int,
    "positives": int,
    "share": float,
    "served": float,
    "side": float,
    "lost": float,
}


@pytest.fixture(scope="module")
def compared(mixed) -> Diagnosis:
    """Two systems, of which the second leaves nobody without a positive."""
    return diagnose(mixed, ["yolov5n", "ssd_tiny"], fail_above=0.25)


@pytest.fixture(scope="module")
def small(mixed) -> Diagnosis:
    return diagnose(mixed, "yolov5n", canvas=64)


def test_over_the_threshold_the_exit_code_is_1(small: Diagnosis) -> None:
    assert (small.fail_above, small.exit_code) == (None, 0)
    assert replace(small, fail_above=0.25).exit_code == 0
    over = replace(small, fail_above=0.24)
    assert (over.exit_code, over.over) == (1, over.systems)
    assert over.verdict == "Over 24.0 % of the targets have no positive with yolov5n @ 64."
    assert (
        replace(small, fail_above=1.0).verdict
        == "No system leaves more than 100.0 % of the targets without a positive."
    )
    assert small.verdict == "1 target (25.0 %) has no positive with yolov5n @ 64."


def test_json_has_its_schema(compared: Diagnosis) -> None:
    values = json.loads(json.dumps(compared.to_dict(), allow_nan=False))
    assert {name: type(value) for name, value in values.items()} == {
        "format_version": int,
        "data": str,
        "split": str,
        "images": int,
        "images_of_the_part": int,
        "ignored_regions": int,
        "augmented": bool,
        "systems": list,
        "advice": list,
        "tiles": list,
        "fail_above": float,
        "over": list,
        "exit_code": int,
    }
    assert (values["images"], values["ignored_regions"], values["data"]) == (3, 1, "HandMade")
    for system in values["systems"]:
        assert set(system) == {
            *("system", "title", "canvas", "options", "weights", "threshold", "all"),
            *("by_coco_size", "by_size", "by_class", "by_aspect_ratio", "by_level"),
        }
        groups = [system["all"], *(group for kind in system if kind.startswith("by_") for group in system[kind])]
        for group in groups:
            schema = LEVEL if "stride" in group else GROUP
            assert set(group) == set(schema)
            assert all(value is None or isinstance(value, schema[name]) for name, value in group.items()), group
    assert [system["canvas"] for system in values["systems"]] == [[640, 640], [224, 224]]


def test_text_compares_the_systems_and_ends_with_advice(compared: Diagnosis, small: Diagnosis) -> None:
    text = compared.text()
    assert text.startswith("HandMade, train: 3 images, 4 targets, 1 ignored region\n")
    for heading in ("By class", "By aspect ratio", "By pyramid level", "By mean side", "COCO"):
        assert heading in text
    assert text.count("ssd_tiny @ 224") > 6
    assert max(len(line) for line in text.split("\n  without ")[0].splitlines()) < 120
    alone = small.text()
    assert alone.index("ADVICE, the best first") > alone.index("By pyramid level")
    assert "  1. yolov5n @ 64: " in alone
    assert alone.splitlines()[-1] == small.verdict
    nothing = replace(small, advice=())
    assert "none of the changes that were tried helps enough" in nothing.text()
    assert "ADVICE" not in replace(small, advice=None).text()


def test_many_classes_are_cut_to_the_worst(small: Diagnosis) -> None:
    (one,) = small.systems
    group = one.groups["class"][0]
    many = tuple(replace(group, name=f"class {number}", targets=9, without=number % 9) for number in range(30))
    text = replace(small, systems=(replace(one, groups={**one.groups, "class": many}),)).text()
    assert "… and 10 more; --json lists them" in text
    assert "class 8 " in text
    assert "class 0 " not in text


class _Page(HTMLParser):
    """Collects tags and attributes, and checks that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else(compared: Diagnosis) -> None:
    html = compared.html()
    page = _Page()
    page.feed(html)
    assert page.open == []
    assert not {name for name, _ in page.attributes} & {"src", "href", "srcset", "onload", "onclick"}
    assert not page.tags & {"script", "link", "img", "iframe", "object", "embed"}
    assert not any(word in html for word in ("http:", "https:", "url(", "@import"))
    assert "light dark" in html


def test_the_page_shows_names_as_they_are_and_all_numbers(compared: Diagnosis, small: Diagnosis) -> None:
    html = compared.html()
    assert "&lt;b&gt;&amp;" in html
    assert "<b>" not in html
    assert "ssd_tiny @ 224" in html
    assert small.systems[0].everything.share_without == 0.25
    assert "25.0 %" in small.html()
    assert "Advice, the best first" in small.html()
    assert "Advice" not in replace(small, advice=None).html()


def test_nothing_to_say_about_no_targets(hand_made) -> None:
    empty = diagnose(hand_made([], []), ["yolov5n", "ssd_tiny"], split="val", fail_above=0.0)
    assert math.isnan(empty.systems[0].everything.share_without)
    assert (empty.exit_code, empty.advice) == (0, ())
    assert json.dumps(empty.to_dict(), allow_nan=False)
    assert "–" in empty.text()
    assert "–" in empty.html()
