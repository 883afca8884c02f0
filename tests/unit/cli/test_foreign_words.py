"""What people type who come from another trainer."""

from pathlib import Path

import pytest

from boxwright.cli.main import main


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("train --imgsz 640", ["--imgsz 640: write --canvas 640"]),
        ("train --imgsz=640 --batch 8", ["--imgsz=640: write --canvas 640", "--batch 8: write --batch_size 8"]),
        ("train data=cells epochs=100", ["data=cells: write --data cells", "epochs=100: write --epochs 100"]),
        ("train model=yolov8n.pt data=cells", ["model=yolov8n.pt: write --system yolov8n", "write --data cells"]),
        ("train --model yolov8s-seg.yaml", ["write --system yolov8s-seg"]),
        ("train --weights yolov5s.pt --data x", ["--weights yolov5s.pt: write --system yolov5s"]),
        ("train --lr0 0.01 --data x", ["--lr0 0.01: write --optimization.lr 0.01"]),
        ("train --data x --device 0", ["--device 0: write --accelerator gpu --devices 1"]),
        ("train --data x device=0,1", ["device=0,1: write --accelerator gpu --devices [0,1]"]),
        ("train --data x --device cpu", ["--device cpu: write --accelerator cpu"]),
        ("detect train data=cells", ["here it is `boxwright train`", "data=cells: write --data cells"]),
        ("yolo task=detect mode=train model=yolov8n.pt", ["`boxwright train`", "write --system yolov8n"]),
        ("yolo segment predict source=a.mp4", ["`boxwright predict`", "source=a.mp4: write --source a.mp4"]),
        ("train detect data=x", ["here it is `boxwright train`", "data=x: write --data x"]),
        ("val model=best.pt data=x", ["here it is `boxwright evaluate`", "model=best.pt: write --model best.pt"]),
        ("val --weights best.pt", ["here it is `boxwright evaluate`", "--weights best.pt: write --model best.pt"]),
        ("mode=val model=best.pt", ["here it is `boxwright evaluate`"]),
        ("track source=a.mp4", ["here it is `boxwright predict --tracker bytetrack`"]),
        ("predict --model m --source a.mp4 --tracker bytetrack.yaml", ["write --tracker bytetrack"]),
        ("train resume=True", ["write --resume RUN, the folder of the run, such as runs/train"]),
        ("train --resume True", ["write --resume RUN, the folder of the run, such as runs/train"]),
        ("version", ["write `boxwright --version`"]),
        ("checks", ["write `boxwright doctor`"]),
        ("help train", ["`boxwright train --help`"]),
        ("predict --weights best.pt --source a", ["--weights best.pt: write --model best.pt"]),
        ("predict --conf 0.4 --iou 0.5", ["write --score_threshold 0.4", "write --iou_threshold 0.5"]),
        ("predict --conf-thres 0.4", ["write --score_threshold 0.4"]),
        ("predict model=m source=s device=1", ["device=1: write --device cuda:1"]),
        ("evaluate --batch=4", ["--batch=4: write --batch_size 4"]),
        ("train --exist-ok true --data x", ["--exist-ok true: write nothing: nothing is ever written over"]),
        ("export task=detect format=onnx imgsz=320", ["--format onnx", "--canvas 320"]),
        ("benchmark model=best.pt data=x", ["model=best.pt: write --models best.pt", "data=x: write --data x"]),
        (
            "benchmark best.pt --imgsz 320 --half",
            ["write --canvas 320", "nothing: a file has the precision with which it was exported"],
        ),
        ("detect benchmark data=x", ["here it is `boxwright benchmark`", "data=x: write --data x"]),
        ("detect tune data=x imgsz=320", ["here it is `boxwright tune`", "imgsz=320: write --canvas 320"]),
        ("classify train", ["boxwright finds objects, and classifies no images"]),
    ],
)
def test_each_word_is_answered_with_ours(line: str, answers: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 2
    said = capsys.readouterr().err
    for answer in answers:
        assert sum(answer in each for each in said.splitlines()) == 1, said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train --data imgsz=640 --epochs none", "epochs must be int"),  # a value, whatever it looks like
        ("train --epocs 3", "Did you mean 'epochs'?"),
        ("verify train", "Give a data folder"),  # a folder may be named so
        ("trian", "Did you mean 'train'?"),
        ("inspect a=b --canvas none", "canvas must be int"),
    ],
)
def test_other_words_are_left_alone(line: str, said: str, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(line.split()) == 2
    printed = capsys.readouterr()
    assert said in printed.err + printed.out


def test_weights_that_are_there_are_ours(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "yolov8n.pt").touch()
    assert main(["train", "model=yolov8n.pt"]) == 2
    assert "model=yolov8n.pt: write --system yolov8n --weights yolov8n.pt" in capsys.readouterr().err
    assert main(["train", "--weights", "yolov8n.pt"]) == 2
    assert "data: name the data set" in capsys.readouterr().err
