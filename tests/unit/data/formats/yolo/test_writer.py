import json
from pathlib import Path

import numpy as np
from PIL import Image

from boxwright.data import ReadingLimits, convert, read_source


def test_outlines_on_tenths_of_a_pixel_keep_every_pixel(tmp_path: Path) -> None:
    """Such points lie where drawing decides between two pixels; a fraction a hair too small would decide else."""
    rng = np.random.default_rng(0)
    annotations = []
    for number in range(200):
        angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
        radius = rng.uniform(3, 20, 9)
        points = np.stack([30 + radius * np.cos(angles), 25 + radius * np.sin(angles)], axis=1).round(1)
        low, high = points.min(0), points.max(0)
        box = [*low.tolist(), *(high - low).tolist()]
        outline = [points.reshape(-1).tolist()]
        annotations.append({"id": number, "image_id": 1, "category_id": 0, "bbox": box, "segmentation": outline})
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": 59, "height": 47}],
        "annotations": annotations,
        "categories": [{"id": 0, "name": "cell"}],
    }
    (tmp_path / "source").mkdir()
    Image.new("RGB", (59, 47)).save(tmp_path / "source/a.png")
    (tmp_path / "source/train.json").write_text(json.dumps(document))
    done = convert(tmp_path / "source", tmp_path / "out", to="yolo")
    assert done.losses == ()
    before, after = (
        read_source(folder, "train", ReadingLimits(masks="required")).table.truth(0).masks
        for folder in (tmp_path / "source", tmp_path / "out")
    )
    assert before is not None
    assert after is not None
    assert np.array_equal(before.to_boolean().numpy(), after.to_boolean().numpy())
