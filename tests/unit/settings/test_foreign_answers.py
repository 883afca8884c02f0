"""Habits of another trainer, each answered with ours."""

from importlib import import_module
from pathlib import Path

import pytest

from boxwright.settings.foreign_answers import foreign_answer

NOTHING = "nothing"


def answer(command: str, name: str, value: str = "") -> str | None:
    return foreign_answer(command, name, value, import_module(f"boxwright.cli.commands.{command}").PARSER.settings)


@pytest.mark.parametrize(
    ("command", "habit", "ours"),
    [
        ("train", "imgsz=640", "--canvas 640"),
        ("train", "batch=8", "--batch_size 8"),
        ("train", "batch=-1", "--batch_size auto"),
        ("train", "batch=0.7", "--batch_size auto"),
        ("train", "model=yolov8n.pt", "--system yolov8n"),
        ("train", "model=yolov8n-seg.yaml", "--system yolov8n-seg"),
        ("train", "model=yolo11n.pt", "--system NAME"),
        ("train", "model=custom.yaml", "--system NAME"),
        ("train", "model=runs/x/weights/best.pt", "--weights runs/x/weights/best.pt"),
        ("train", "model=best.pt", "--weights best.pt"),
        ("train", "model=old/yolov8s.pt", "--system yolov8s --weights old/yolov8s.pt"),
        ("train", "system=yolov8n.pt", "--system yolov8n"),
        ("train", "weights=yolov5s.pt", "--system yolov5s"),
        ("train", "cfg=yolov5s.yaml", "--system yolov5s"),
        ("train", "pretrained=True", "--weights FILE"),
        ("train", "pretrained=False", NOTHING),
        ("train", "pretrained=a/best.pt", "--weights a/best.pt"),
        ("train", "device=0", "--accelerator gpu --devices 1"),
        ("train", "device=0,1", "--accelerator gpu --devices [0,1]"),
        ("train", "device=[0, 1]", "--accelerator gpu --devices [0,1]"),
        ("train", "device=mps", "--accelerator mps"),
        ("train", "project=runs", "--output runs"),
        ("train", "exist_ok=True", NOTHING),
        ("train", "resume=True", "--resume RUN"),
        ("train", "resume=False", NOTHING),
        ("train", "cache=True", "--cache ram"),
        ("train", "cache=disk", "--cache ram"),
        ("train", "cache=False", "--cache null"),
        ("train", "val=False", "--evaluate_every"),
        ("train", "freeze=10", "--freeze backbone"),
        ("train", "freeze=[0, 1]", "--freeze backbone"),
        ("train", "optimizer=SGD", "--optimization.optimizer sgd"),
        ("train", "optimizer=auto", NOTHING),
        ("train", "cos_lr=True", "--optimization.schedule cosine"),
        ("train", "cos_lr=False", "--optimization.schedule linear"),
        ("train", "lr0=0.01", "--optimization.lr 0.01"),
        ("train", "lrf=0.1", "--optimization.final_lr_fraction 0.1"),
        ("train", "amp=False", NOTHING),
        ("train", "single_cls=True", NOTHING),
        ("train", "rect=True", "--canvas"),
        ("train", "multi_scale=True", "--augmentation.multi_scale"),
        ("train", "close_mosaic=5", "--augmentation.close_mosaic_epochs 5"),
        ("train", "copy_paste=0.1", "--augmentation"),
        ("train", "fraction=0.5", NOTHING),
        ("train", "box=7.5", NOTHING),
        ("train", "plots=True", NOTHING),
        ("train", "save_period=5", NOTHING),
        ("train", "overlap_mask=True", "--system_options.overlap_map"),
        ("train", "precision=16", "--precision fp16"),
        ("train", "hyp=h.yaml", "--config"),
        ("predict", "conf=0.3", "--score_threshold 0.3"),
        ("predict", "iou=0.5", "--iou_threshold 0.5"),
        ("predict", "conf_thres=0.3", "--score_threshold 0.3"),
        ("predict", "max_det=5", "--max_detections 5"),
        ("predict", "device=0", "--device cuda:0"),
        ("predict", "device=1,2", "--device cuda:1"),
        ("predict", "half=True", "--precision fp16"),
        ("predict", "half=False", NOTHING),
        ("predict", "precision=16", "--precision fp16"),
        ("predict", "save=True", NOTHING),
        ("predict", "save=False", "--save []"),
        ("predict", "nosave=True", "--save []"),
        ("predict", "save_txt=True", "--save [pictures,labels]"),
        ("predict", "save_txt=False", NOTHING),
        ("predict", "save_crop=True", "--save [pictures,crops]"),
        ("predict", "save_conf=True", NOTHING),
        ("predict", "name=exp", "--output FOLDER"),
        ("predict", "classes=0,2", "--classes [0,2]"),
        ("predict", "agnostic_nms=True", "--class_agnostic True"),
        ("predict", "stream=True", NOTHING),
        ("predict", "show=True", NOTHING),
        ("predict", "view_img=True", NOTHING),
        ("predict", "vid_stride=2", NOTHING),
        ("predict", "retina_masks=True", NOTHING),
        ("predict", "augment=True", "--tta true"),
        ("predict", "tracker=botsort.yaml", "--tracker ocsort"),
        ("predict", "data=coco.yaml", NOTHING),
        ("evaluate", "conf=0.001", NOTHING),
        ("evaluate", "batch=16", "--batch_size 16"),
        ("evaluate", "save_json=True", NOTHING),
        ("evaluate", "plots=False", "--sheet False"),
        ("evaluate", "device=0", "--device cuda:0"),
        ("evaluate", "rect=True", NOTHING),
        ("export", "half=True", "--precision 16"),
        ("export", "precision=fp16", "--precision 16"),
        ("export", "batch_size=4", "--batch 4"),
        ("export", "nms=True", "--nms graph"),
        ("export", "nms=False", "--nms none"),
        ("export", "dynamic=True", "--batch dynamic"),
        ("export", "dynamic=False", "--batch 1"),
        ("export", "format=engine", "--format onnx"),
        ("export", "format=torchscript", "--format torch"),
        ("export", "simplify=True", NOTHING),
        ("export", "int8=True", NOTHING),
        ("export", "device=0", NOTHING),
        ("export", "workspace=4", NOTHING),
        ("export", "data=cells", "--check cells"),
        ("benchmark", "model=best.pt", "--models best.pt"),
        ("benchmark", "half=True", NOTHING),
    ],
)
def test_every_habit_has_its_answer(command: str, habit: str, ours: str) -> None:
    name, _, value = habit.partition("=")
    found = answer(command, name, value)
    assert found is not None
    assert found.startswith(ours)
    assert "\n" not in found


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        ("train", "epochs=3"),
        ("train", "val=0.2"),
        ("train", "cache=ram"),
        ("train", "freeze=backbone"),
        ("train", "patience=5"),
        ("train", "resume=runs/train"),
        ("train", "system=yolov8n"),
        ("train", "weights=torchvision:resnet18"),
        ("train", "precision=bf16"),
        ("predict", "device=cuda:1"),
        ("predict", "save=pictures,json"),
        ("predict", "classes=[0,2]"),
        ("predict", "classes=cell"),
        ("predict", "tracker=bytetrack"),
        ("export", "batch=4"),
        ("export", "precision=16"),
        ("export", "format=onnx"),
        ("export", "nms=graph"),
        ("info", "imgsz=640"),  # which has no canvas to name
        ("predict", "nonsense=1"),
    ],
)
def test_what_is_ours_or_of_nobody_has_none(command: str, ours: str) -> None:
    name, _, value = ours.partition("=")
    assert answer(command, name, value) is None


def test_a_file_that_is_there_is_what_it_is(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("yolov8n.pt", "True", "yolo11n.pt"):
        Path(name).touch()
    assert answer("train", "weights", "yolov8n.pt") is None
    assert answer("train", "resume", "True") is None
    assert answer("train", "model", "yolov8n.pt") == "--system yolov8n --weights yolov8n.pt"
    assert answer("train", "model", "yolo11n.pt") == "--weights yolo11n.pt"
