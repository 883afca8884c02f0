import pickle
from collections.abc import Callable
from pathlib import Path

import pyarrow

from boxwright.cluster.finder import Finder
from boxwright.cluster.picture_reader import READ
from boxwright.cluster.row_schema import ROW_SCHEMA, table_of
from boxwright.prediction import RowPredictor


def test_faults_of_readers_keep_their_place(model_file: Path, tmp_path: Path, picture_file: Callable) -> None:
    content = picture_file(tmp_path / "a.png")
    predictor = RowPredictor(model_file, device="cpu", score_threshold=0.0, max_detections=3)
    columns = [["a", "b", "c", "d"], [None, content, b"nothing", None], ["No such file or directory", *[None] * 3]]
    found = Finder(pickle.loads(pickle.dumps(predictor)))(pyarrow.table(columns, schema=READ))
    assert found.schema == ROW_SCHEMA
    assert found["path"].to_pylist() == ["a", "b", "c", "d"]
    assert found.slice(1, 1) == table_of(predictor([content], ["b"]))
    assert found["error"][0].as_py().startswith("a: the image cannot be opened (No such file or directory)")
    assert found["error"][2].as_py().startswith("c: ")
    assert found["error"][3].as_py().startswith("d: there is no picture")
