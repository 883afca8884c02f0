"""A clean data set is made dirty in one place; that is found, and its neighbours survive."""

import json
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from tests.end_to_end.clean_data import (
    HEIGHT,
    OBJECTS,
    WIDTH,
    annotation_path,
    change_coco,
    image_path,
    noise,
    replace_in,
    write_clean,
)

from boxwright.data import open_dataset
from boxwright.data.verification import verify
from boxwright.errors import DataError

LAYOUTS = ("coco", "voc", "yolo")


@dataclass(frozen=True)
class Case:
    """One fault of the training part.

    Args:
        name: Of the test.
        layout: The format that can have it.
        spoil: Makes it, given the folder.
        code: The kind that must be reported.
        says: A pattern that the report must have: the place, and what was found.
        images: How many of the three images survive.
        objects: How many of the six objects survive.
    """

    name: str
    layout: str
    spoil: Callable[[Path], object]
    code: str
    says: str
    images: int = 3
    objects: int = 5


def _on_image(layout: str, change: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda root: change(image_path(root, layout))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _as_jpeg(path: Path, *, whole: bool) -> None:
    _, encoded = cv2.imencode(".jpg", noise("b"))
    path.write_bytes(encoded.tobytes() if whole else encoded.tobytes()[: len(encoded) // 2])


def _bomb(path: Path) -> None:
    """A PNG of 60 bytes that claims 40,000 × 40,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)


def _bad_images(layout: str) -> list[Case]:
    """Faults of an image file, the same in every format; the image goes, with its two objects."""

    def case(name: str, change: Callable[[Path], object], code: str, says: str) -> Case:
        return Case(f"{layout}-{name}", layout, _on_image(layout, change), code, says, images=2, objects=4)

    size = f"the image is {WIDTH // 2}×{HEIGHT} pixels, its annotation says {WIDTH}×{HEIGHT}"
    cases = [
        case(
            "unreadable", lambda path: path.write_bytes(b"not an image at all"), "unreadable-image", r"b\.png.*not an"
        ),
        case("truncated", _cut, "image-truncated", r"b\.png: the PNG file is cut off"),
        case("truncated-jpeg", lambda p: _as_jpeg(p, whole=False), "image-truncated", r"b\.png: the JPEG file is cut"),
        case("zero-byte", lambda path: path.write_bytes(b""), "image-empty", r"b\.png: the file has no bytes"),
        case("bomb", _bomb, "image-too-large", r"b\.png: the image has 1,600,000,000 pixels"),
    ]
    if layout != "yolo":  # which states no sizes, and lists the files that are there
        half = noise("b")[:, : WIDTH // 2]
        cases.append(case("missing", lambda path: path.unlink(), "missing-image", r"\bb(?:\.png)?\b"))
        cases.append(case("size", lambda path: cv2.imwrite(str(path), half), "image-size", size))
    return cases


def _coco_box(*box: float) -> Callable[[Path], object]:
    return lambda root: change_coco(root, bbox=list(box), segmentation=[])  # a box far from its mask is another fault


def _voc_box(tag: str, value: str) -> Callable[[Path], object]:
    old = {"xmin": 5, "ymin": 5, "xmax": 25, "ymax": 20}[tag]
    return lambda root: replace_in(annotation_path(root, "voc"), f"<{tag}>{old}</{tag}>", f"<{tag}>{value}</{tag}>")


def _first_line(line: str) -> Callable[[Path], object]:
    def change(root: Path) -> None:
        path = annotation_path(root, "yolo")
        path.write_text("\n".join([line, *path.read_text().splitlines()[1:]]))

    return change


def _mask(segmentation: object) -> Callable[[Path], object]:
    return lambda root: change_coco(root, segmentation=segmentation)


def _voc_text(old: str, new: str) -> Callable[[Path], object]:
    return lambda root: replace_in(annotation_path(root, "voc"), old, new)


def _repeat_image_id(root: Path) -> None:
    path = annotation_path(root, "coco")
    document = json.loads(path.read_text())
    document["images"].append({**document["images"][0], "file_name": "b.png"})
    path.write_text(json.dumps(document))


BOXES = [
    Case("coco-negative-width", "coco", _coco_box(5, 5, -3, 4), "box-empty", r"annotation 21: .*b\.png.*-3.*over 0"),
    Case("coco-zero-height", "coco", _coco_box(5, 5, 3, 0), "box-empty", r"annotation 21: .*over 0"),
    Case("coco-nan", "coco", _coco_box(float("nan"), 5, 3, 4), "box-not-numbers", r"annotation 21: .*finite.*nan"),
    Case("coco-infinite", "coco", _coco_box(5, float("inf"), 3, 4), "box-not-numbers", r"annotation 21: .*inf"),
    Case("coco-outside", "coco", _coco_box(70, 5, 3, 4), "box-outside", r"annotation 21: .*outside the 60×40 image"),
    Case("coco-three-numbers", "coco", _coco_box(5, 5, 3), "box-not-numbers", r"annotation 21: .*four"),
    Case("voc-negative-width", "voc", _voc_box("xmax", "3"), "box-empty", r"b\.xml, object 1: .*over 0"),
    Case("voc-zero-height", "voc", _voc_box("ymax", "5"), "box-empty", r"b\.xml, object 1: .*over 0"),
    Case("voc-nan", "voc", _voc_box("xmin", "nan"), "box-not-numbers", r"b\.xml, object 1: .*finite"),
    Case("voc-infinite", "voc", _voc_box("xmax", "inf"), "box-not-numbers", r"b\.xml, object 1: .*finite"),
    Case("voc-words", "voc", _voc_box("xmax", "wide"), "box-not-numbers", r"b\.xml, object 1: .*wide"),
    Case("yolo-negative-width", "yolo", _first_line("0 0.5 0.5 -0.1 0.1"), "box-empty", r"b\.txt, line 1: .*over 0"),
    Case("yolo-zero-height", "yolo", _first_line("0 0.5 0.5 0.1 0"), "box-empty", r"b\.txt, line 1: .*over 0"),
    Case("yolo-nan", "yolo", _first_line("0 nan 0.5 0.1 0.1"), "box-not-numbers", r"b\.txt, line 1: .*finite"),
    Case("yolo-columns", "yolo", _first_line("0 0.5 0.5 0.1"), "wrong-columns", r"b\.txt, line 1: 4 columns"),
    Case("yolo-pixels", "yolo", _first_line("0 30 20 9 9"), "not-normalized", r"b\.txt, line 1: 30 is no fraction"),
    Case("yolo-words", "yolo", _first_line("cat 0.5 0.5 0.1 0.1"), "box-not-numbers", r"b\.txt, line 1: .*cat"),
]

ENTRIES = [
    Case("coco-image-id", "coco", lambda r: change_coco(r, image_id=99), "unknown-image", r"annotation 21: .*99"),
    Case("coco-category-id", "coco", lambda r: change_coco(r, category_id=9), "unknown-class", r"annotation 21: .*9"),
    Case("coco-repeated-id", "coco", _repeat_image_id, "duplicate-id", r"image 1: .*a\.png", objects=6),
    Case("voc-class", "voc", _voc_text("<name>cat</name>", "<name></name>"), "missing-tag", r"object 1: no <name>"),
    Case("voc-tag", "voc", _voc_text("<xmax>25</xmax>", ""), "missing-tag", r"b\.xml, object 1: no <xmax>"),
    Case("yolo-class", "yolo", _first_line("7 0.5 0.5 0.1 0.1"), "unknown-class", r"b\.txt, line 1: .*7.*0 to 1"),
    Case(
        "coco-path", "coco",
        lambda r: replace_in(annotation_path(r, "coco"), "b.png", "../../b.png"),
        "path-outside", r"image 2: .*leads out", images=2, objects=4,
    ),
    Case(
        "voc-bomb", "voc",
        _voc_text("<annotation>", '<!DOCTYPE x [<!ENTITY a "aaaa">]><annotation>'),
        "unsafe-xml", r"b\.xml: ", images=2, objects=4,
    ),
    Case(
        "voc-not-xml", "voc",
        lambda r: annotation_path(r, "voc").write_text('{"image": "b.png"}'),
        "wrong-extension", r"b\.xml: .*not readable as XML.*looks like JSON", images=2, objects=4,
    ),
]  # fmt: skip

MASKS = [
    Case("polygon-short", "coco", _mask([[5, 5, 25, 5]]), "polygon-short", r"annotation 21: .*2 points"),
    Case("polygon-nan", "coco", _mask([[5, 5, float("nan"), 5, 9, 9]]), "polygon-not-numbers", r"annotation 21: "),
    Case("polygon-outside", "coco", _mask([[70, 70, 80, 70, 80, 80]]), "mask-outside", r"annotation 21: "),
    Case("rle-size", "coco", _mask({"size": [9, 9], "counts": [0, 81]}), "rle-size", r"annotation 21: .*9"),
    Case("rle-empty", "coco", _mask({"size": [40, 60], "counts": [2400]}), "rle-empty", r"annotation 21: "),
    Case("rle-counts", "coco", _mask({"size": [40, 60], "counts": [1, 2]}), "rle-counts", r"annotation 21: "),
    Case("mask-form", "coco", _mask("a polygon"), "mask-form", r"annotation 21: "),
]

ERRORS = [*(case for layout in LAYOUTS for case in _bad_images(layout)), *BOXES, *ENTRIES]


def _named(cases: list[Case]) -> list[object]:
    return [pytest.param(case, id=case.name) for case in cases]


def _check_reported(root: Path, case: Case, severity: str, *, masks: bool = False) -> None:
    verdict = verify(root, masks=masks)
    faults = [fault for fault in verdict.faults if fault.code == case.code]
    assert faults, verdict.text()
    assert faults[0].severity == severity
    assert re.search(case.says, str(faults[0])), str(faults[0])
    assert faults[0].cure
    assert verdict.exit_code == {"error": 2, "warning": 1, "note": 0}[severity], verdict.text()
    assert all(fault.code in (case.code, "orphans") for fault in verdict.faults if fault.severity != "note")


def _check_survivors(root: Path, case: Case, *, masks: bool = False) -> None:
    """The neighbours are read and decoded as if nothing were wrong."""
    dataset = open_dataset(root, "train", on_bad="skip", check_images="full", masks=masks)
    truths = [dataset.truth(position) for position in range(len(dataset))]
    assert len(truths) == case.images
    # without a mask that can be used, an object is an ignored region
    assert sum(int((~truth.ignore).sum()) if masks else len(truth) for truth in truths) == case.objects
    expected = torch.tensor([box for box, _ in OBJECTS], dtype=torch.float32)
    for position, truth in enumerate(truths):
        name = Path(truth.origin.name).stem
        if name in ("a", "c"):
            torch.testing.assert_close(truth.boxes, expected)
            pixels = cv2.cvtColor(noise(name), cv2.COLOR_BGR2RGB)
            np.testing.assert_array_equal(dataset[position].image.permute(1, 2, 0).numpy(), pixels)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_clean_data_set_is_clean(layout: str, tmp_path: Path) -> None:
    verdict = verify(write_clean(tmp_path, layout))
    assert (verdict.faults, verdict.exit_code) == ((), 0)
    assert {name: len(part.labels) for name, part in verdict.statistics.items()} == {"train": 6, "val": 4}


@pytest.mark.parametrize("case", _named(ERRORS))
def test_errors(case: Case, tmp_path: Path) -> None:
    root = write_clean(tmp_path, case.layout)
    case.spoil(root)
    _check_reported(root, case, "error")
    with pytest.raises(DataError, match=case.says) as caught:
        open_dataset(root, "train", check_images="headers")
    assert "on_bad" in str(caught.value)
    _check_survivors(root, case)


@pytest.mark.parametrize("case", _named(MASKS))
def test_bad_masks(case: Case, tmp_path: Path) -> None:
    root = write_clean(tmp_path, case.layout)
    case.spoil(root)
    _check_reported(root, case, "error", masks=True)
    with pytest.raises(DataError, match=case.says):
        open_dataset(root, "train", masks=True)
    _check_survivors(root, case, masks=True)
    assert len(open_dataset(root, "train").truth(1)) == 2  # without masks the box is as good as any


@pytest.mark.parametrize(
    ("content", "says"),
    [("<annotation></annotation>", "it looks like XML or HTML"), ("", "an empty file"), ("{", "not readable as JSON")],
)
def test_a_json_file_that_is_none(content: str, says: str, tmp_path: Path) -> None:
    """The part cannot be read, the other one survives."""
    root = write_clean(tmp_path, "coco")
    annotation_path(root, "coco").write_text(content)
    verdict = verify(root)
    assert verdict.exit_code == 2
    (fault,) = [fault for fault in verdict.faults if fault.severity == "error"]
    assert (fault.code, fault.where) == ("unreadable-annotations", "train")
    assert "instances_train.json" in fault.message
    assert says in fault.message
    assert list(verdict.statistics) == ["val"]


@pytest.mark.parametrize(
    ("content", "says"), [("<annotation></annotation>", "XML"), ('{"a": 1}', "JSON"), ("\0\1", "binary")]
)
def test_a_label_file_that_is_none(content: str, says: str, tmp_path: Path) -> None:
    case = Case(
        "yolo", "yolo", lambda r: None, "wrong-extension", rf"b\.txt: the label file looks like .*{says}", objects=4
    )
    root = write_clean(tmp_path, "yolo")
    annotation_path(root, "yolo").write_text(content)
    _check_reported(root, case, "error")
    _check_survivors(root, case)


def test_an_empty_label_file_is_an_image_without_objects(tmp_path: Path) -> None:
    root = write_clean(tmp_path, "yolo")
    annotation_path(root, "yolo").write_text("")
    verdict = verify(root)
    assert verdict.exit_code == 0
    assert verdict.statistics["train"].images_without_objects == 1


def _save(mode: str, kind: str = "PNG") -> Callable[[Path], None]:
    def save(path: Path) -> None:
        picture = Image.fromarray(cv2.cvtColor(noise("b"), cv2.COLOR_BGR2RGB))
        if mode == "I;16":
            cv2.imwrite(str(path), noise("b")[:, :, 0].astype(np.uint16) * 257)
        else:
            picture.convert(mode).save(path, kind)

    return save


def _rename(root: Path, layout: str, name: str) -> None:
    image_path(root, layout).rename(image_path(root, layout).with_name(f"{name}.png"))
    if layout == "coco":
        replace_in(annotation_path(root, "coco"), "b.png", f"{name}.png")
        return
    path = annotation_path(root, layout)
    path.rename(path.with_name(f"{name}{path.suffix}"))
    if layout == "voc":
        replace_in(path.with_name(f"{name}.xml"), "b.png", f"{name}.png")
        replace_in(root / "ImageSets/Main/train.txt", "b\n", f"{name}\n")


def _shift_ids(root: Path) -> None:
    for name in ("b", "d"):
        path = annotation_path(root, "coco", name)
        path.write_text(
            path.read_text().replace('"id": 2, "name"', '"id": 7, "name"').replace('_id": 2, "bbox', '_id": 7, "bbox')
        )


def _sound(name: str, layout: str, spoil: Callable[[Path], object], code: str, says: str) -> Case:
    return Case(f"{layout}-{name}", layout, spoil, code, says, objects=6)


NOTES = [
    *(
        _sound(name, layout, _on_image(layout, save), "image-mode", says)
        for layout in LAYOUTS
        for name, save, says in (
            ("grey", _save("L"), "grey, repeated"),
            ("16-bit", _save("I;16"), "16-bit grey, the upper 8 bits"),
            ("cmyk", _save("CMYK", "JPEG"), "CMYK, converted"),
            ("rgba", _save("RGBA"), "alpha is dropped"),
            ("palette", _save("P"), "palette"),
        )
    ),
    *(_sound("jpeg-named-png", each, _on_image(each, lambda p: _as_jpeg(p, whole=True)), "image-extension", "is JPEG")
      for each in LAYOUTS),
    *(_sound(f"name-{name}", each, lambda r, each=each, name=name: _rename(r, each, name), "odd-name", re.escape(name))
      for each in LAYOUTS for name in ("b 1", "bär", "猫")),
    _sound("id-gap", "coco", _shift_ids, "id-gap", r"\[1, 7\]"),
]  # fmt: skip


@pytest.mark.parametrize("case", _named(NOTES))
def test_what_is_handled_by_a_rule_is_a_note(case: Case, tmp_path: Path) -> None:
    root = write_clean(tmp_path, case.layout)
    case.spoil(root)
    _check_reported(root, case, "note")
    _check_survivors(root, case)
    assert len(open_dataset(root, "train", check_images="headers")) == 3


def _turned(path: Path, orientation: int) -> None:
    picture = Image.open(path).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture.save(path, "JPEG", exif=exif, quality=95)


def _repeat_object(root: Path, layout: str) -> None:
    path = annotation_path(root, layout)
    if layout == "coco":
        document = json.loads(path.read_text())
        document["annotations"].append({**document["annotations"][2], "id": 77})
        path.write_text(json.dumps(document))
    elif layout == "voc":
        text = path.read_text()
        first = text[text.index("<object>") : text.index("</object>") + len("</object>")]
        path.write_text(text.replace("</annotation>", f"{first}</annotation>"))
    else:
        path.write_text(path.read_text() + path.read_text().splitlines()[0])


def _copy_to_val(root: Path, layout: str) -> None:
    image_path(root, layout, "d").write_bytes(image_path(root, layout).read_bytes())


WARNINGS = [
    *(_sound("rotated", each, _on_image(each, lambda p: _turned(p, 3)), "image-rotated", "EXIF orientation 3")
      for each in LAYOUTS),
    *(_sound("in-both", each, lambda r, each=each: _copy_to_val(r, each), "shared-image", r"d\.png: .*b\.png of train")
      for each in LAYOUTS),
    *(Case(f"{each}-twice", each, lambda r, each=each: _repeat_object(r, each), "box-double", says, objects=7)
      for each, says in (("coco", "annotation 21 and annotation 77"), ("voc", r"b\.xml, object 1 and object 3"),
                         ("yolo", r"b\.txt, line 1 and line 3"))),
    _sound("over-the-edge", "coco", _coco_box(40, 5, 30, 4), "box-clipped", r"annotation 21: "),
    _sound("over-the-edge", "voc", _voc_box("ymin", "-3"), "box-clipped", r"b\.xml, object 1: "),
    _sound("over-the-edge", "yolo", _first_line("0 0.99 0.5 0.1 0.1"), "box-clipped", r"b\.txt, line 1: "),
    _sound("filename", "voc", _voc_text("b.png", "x.png"), "wrong-filename", r"b\.xml: <filename> is 'x\.png'"),
    _sound("no-size", "voc", _voc_text(f"<width>{WIDTH}</width>", ""), "missing-size", r"b\.xml: <size> lacks <width>"),
]  # fmt: skip


@pytest.mark.parametrize("case", _named(WARNINGS))
def test_warnings(case: Case, tmp_path: Path) -> None:
    root = write_clean(tmp_path, case.layout)
    case.spoil(root)
    _check_reported(root, case, "warning")
    _check_survivors(root, case)
    assert len(open_dataset(root, "train", check_images="headers")) == 3  # does not stop a training


@pytest.mark.parametrize("orientation", range(2, 9))
def test_boxes_lie_on_a_turned_image_as_they_were_drawn(orientation: int, tmp_path: Path) -> None:
    """A white square on black, stored turned: the box that a viewer shows around it is the box in the sample."""
    root = write_clean(tmp_path, "voc")
    shown = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    shown[5:20, 5:25] = 255
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = Image.fromarray(shown).transpose(Image.Transpose(back))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(image_path(root, "voc"), "JPEG", exif=exif, quality=95)
    sample = open_dataset(root, "train")[1]
    assert sample.size == (HEIGHT, WIDTH)
    x1, y1, x2, y2 = (int(value) for value in sample.boxes[0].tolist())
    assert sample.image[:, y1:y2, x1:x2].float().mean() > 250
    assert sample.image[:, y2 + 8 :].float().mean() < 5
