"""The page of errors; what it shows is tested in a browser, see tests/browser."""

import json
import re
from pathlib import Path

from boxwright.data import open_dataset
from boxwright.evaluation.errors import DetectionError, ErrorSurvey
from boxwright.evaluation.errors.gallery import write_gallery


def _blocks(page: str) -> dict[str, object]:
    found = re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', page, re.S)
    return {name: json.loads(content) for name, content in found}


def test_images_are_in_the_order_given_and_hold_their_errors(tiny_data: Path, tmp_path: Path) -> None:
    dataset = open_dataset(tiny_data, "val")
    ids = [dataset.truth(position).origin.image_id for position in range(3)]
    errors = tuple(DetectionError("miss", ids[k], "x", 50.0, (1.0, 2.0, 3.14159, 4.0), k % 2) for k in (0, 2, 2))
    folder = str(Path(dataset.truth(0).origin.path).parent) + "/"
    write_gallery(ErrorSurvey(0.3, errors, {}), dataset, [2, 0], tmp_path / "e.html", title="<Errors>", folder=folder)
    page = (tmp_path / "e.html").read_text("utf-8")
    blocks = _blocks(page)
    index = blocks["index"]
    assert set(blocks) == {"index", "image-0", "image-1"}
    assert [error["image"] for error in index["errors"]] == [0, 0, 1]
    assert index["images"] == [Path(dataset.truth(k).origin.path).name for k in (2, 0)]
    assert index["errors"][0]["true_box"] == [1, 2, 3.1, 4]
    assert index["categories"] == {"0": "green"}
    assert blocks["image-0"]["picture"].startswith("data:image/jpeg;base64,")
    assert "&lt;Errors&gt;" in page
    assert "{{" not in page
    assert "default-src 'none'" in page


def test_no_errors_make_a_page_too(tiny_data: Path, tmp_path: Path) -> None:
    write_gallery(ErrorSurvey(0.3, (), {}), open_dataset(tiny_data, "val"), [], tmp_path / "e.html", title="x")
    assert _blocks((tmp_path / "e.html").read_text("utf-8"))["index"]["errors"] == []
