import shutil
from pathlib import Path

from boxwright.cluster.row_origin import origin_of_rows
from boxwright.prediction import RowPredictor


def test_what_decides_is_the_content_of_the_model(model_file: Path, tmp_path: Path) -> None:
    first = origin_of_rows(RowPredictor(model_file, device="cpu", batch_size=2))
    run = tmp_path / "run" / "weights"
    run.mkdir(parents=True)
    shutil.copy(model_file, run / model_file.name)
    assert origin_of_rows(RowPredictor(tmp_path / "run", batch_size=4, workers=0)) == first
    with (run / model_file.name).open("ab") as file:
        file.write(b"0")
    assert origin_of_rows(RowPredictor(run / model_file.name))["model"] != first["model"]


def test_weights_beside_the_file_that_is_named_belong_to_it(tmp_path: Path) -> None:
    (tmp_path / "model.xml").write_bytes(b"1")
    (tmp_path / "model.bin").write_bytes(b"2")
    first = origin_of_rows(RowPredictor(tmp_path / "model.xml"))
    of_folder = origin_of_rows(RowPredictor(tmp_path))
    (tmp_path / "model.bin").write_bytes(b"3")
    assert origin_of_rows(RowPredictor(tmp_path / "model.xml")) != first
    assert origin_of_rows(RowPredictor(tmp_path)) != of_folder


def test_settings_that_decide_what_is_found_are_in_it(model_file: Path) -> None:
    plain = origin_of_rows(RowPredictor(model_file))
    assert origin_of_rows(RowPredictor(model_file, canvas=(32, 64)))["settings"]["canvas"] == [32, 64]
    for settings in ({"score_threshold": 0.5}, {"tta": True}, {"classes": ["cat"]}, {"max_pixels": 9}):
        assert origin_of_rows(RowPredictor(model_file, **settings)) != plain, settings
