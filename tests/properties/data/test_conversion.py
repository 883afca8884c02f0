"""What a format can hold comes back as it was."""

import json
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from boxwright.data import ReadingLimits, convert, read_source
from boxwright.data.formats.yolo.ring_seams import join_rings
from boxwright.geometry.outlines import trace_outlines
from boxwright.structures import InstanceMasks

HEIGHT, WIDTH = 37, 53
sides = st.floats(0, 1, allow_nan=False)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """COCO documents of up to three images, whole or broken coordinates, crowds."""
    annotations = []
    count = draw(st.integers(1, 3))
    is_whole = draw(st.booleans())
    for number in range(draw(st.integers(0, 6))):
        left, right = sorted((draw(sides) * WIDTH, draw(sides) * WIDTH))
        top, bottom = sorted((draw(sides) * HEIGHT, draw(sides) * HEIGHT))
        if is_whole:
            left, top, right, bottom = (float(int(value)) for value in (left, top, right, bottom))
        if right - left < 0.5 or bottom - top < 0.5:
            continue
        annotations.append(
            {
                "id": number,
                "image_id": draw(st.integers(1, count)),
                "category_id": draw(st.sampled_from([2, 9])),
                "bbox": [left, top, right - left, bottom - top],
                "iscrowd": draw(st.integers(0, 1)),
            }
        )
    images = [{"id": n + 1, "file_name": f"bild {n} ä.png", "width": WIDTH, "height": HEIGHT} for n in range(count)]
    categories = [{"id": 2, "name": "zebra"}, {"id": 9, "name": "ant"}]
    return {"images": images, "annotations": annotations, "categories": categories}


def _write(folder: Path, document: dict[str, Any]) -> Path:
    (folder / "annotations").mkdir(parents=True)
    (folder / "images").mkdir()
    _, encoded = cv2.imencode(".png", np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    for image in document["images"]:
        (folder / "images" / image["file_name"]).write_bytes(encoded.tobytes())
    (folder / "annotations/instances_train.json").write_text(json.dumps(document))
    return folder


@pytest.mark.parametrize("to", ["coco", "voc", "yolo"])
@settings(max_examples=25, deadline=None)
@given(document=documents())
def test_round_trip_of_boxes(to: str, document: dict[str, Any]) -> None:
    if to == "yolo":
        document["annotations"] = [{**entry, "iscrowd": 0} for entry in document["annotations"]]
    with tempfile.TemporaryDirectory() as name:
        source = _write(Path(name) / "source", document)
        convert(source, Path(name) / "there", to=to)
        convert(Path(name) / "there", Path(name) / "back", to="coco")
        before, after = read_source(source, "train"), read_source(Path(name) / "back", "train")
        assert after.categories == before.categories
        assert after.faults.errors == []
        for position in range(len(before.table)):
            old, new = before.table.truth(position), after.table.truth(position)
            assert Path(new.origin.name).name == Path(old.origin.name).name
            assert torch.equal(new.labels, old.labels)
            assert torch.equal(new.ignore, old.ignore)
            # twelve digits of a fraction of the side
            torch.testing.assert_close(new.boxes, old.boxes, rtol=0, atol=1e-5 if to == "yolo" else 0)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.05, 0.95), side=st.integers(1, 14))
def test_any_mask_survives_as_one_outline(seed: int, share: float, side: int) -> None:
    """Islands, holes, islands in holes, parts that touch at corners."""
    mask = torch.from_numpy(np.random.default_rng(seed).random((side, side + 3)) < share)
    outer, holes = trace_outlines(mask)
    if not outer:
        return
    joined = join_rings([np.asarray(ring, dtype=np.float64) for ring in (*outer, *holes)])
    drawn = InstanceMasks.from_polygons([[joined.reshape(-1).tolist()]], tuple(mask.shape)).to_boolean()[0]
    assert torch.equal(drawn, mask)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), to=st.sampled_from(["coco", "voc", "yolo"]))
def test_round_trip_of_masks_that_do_not_overlap(seed: int, to: str) -> None:
    owner = np.random.default_rng(seed).integers(0, 4, (HEIGHT, WIDTH))
    owner = cv2.resize(owner[::9, ::9].astype(np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    drawn = InstanceMasks.from_boolean(torch.from_numpy(owner == np.arange(1, 4)[:, None, None]))
    kept = [row for row, area in enumerate(drawn.areas.tolist()) if area]
    runs, boxes = drawn.to_rle(), drawn.boxes.tolist()
    annotations = [
        {
            "id": row,
            "image_id": 1,
            "category_id": 1,
            "bbox": [boxes[row][0], boxes[row][1], boxes[row][2] - boxes[row][0], boxes[row][3] - boxes[row][1]],
            "segmentation": runs[row],
        }
        for row in kept
    ]
    images = [{"id": 1, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}]
    document = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cell"}]}
    with tempfile.TemporaryDirectory() as name:
        source = _write(Path(name) / "source", document)
        convert(source, Path(name) / "there", to=to)
        reading = read_source(Path(name) / "there", "train", ReadingLimits(masks="required"))
        assert {fault.severity for fault in reading.faults.faults} <= {"note"}
        masks = reading.table.truth(0).masks
        assert masks is not None
        assert torch.equal(masks.to_boolean(), drawn.to_boolean()[kept])
