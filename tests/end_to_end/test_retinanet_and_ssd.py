"""RetinaNet, FCOS and SSD through the command line, on pictures of rectangles, and learning on photographs."""

from pathlib import Path

import pytest
import torch
import yaml
from tests.end_to_end.conftest import Run
from tests.end_to_end.tiny_data import write_tiny_data

from boxwright import evaluate, train
from boxwright.data import open_dataset
from boxwright.errors import ConfigError
from boxwright.structures import Targets
from boxwright.systems import build_system, load_model
from boxwright.training.module import TrainingModule

SMALLEST = {"backbone": "test_resnet", "width": 32, "depth": 1}
RETINANET = {"system": "retinanet_r18", "canvas": 64, "system_options": SMALLEST}
SSD_LIGHT = {"system": "ssd300_light", "system_options": {"backbone": "mobilenetv3_small_050"}}
SMALL = {"batch_size": 4, "workers": 0, "logger": "csv", "accelerator": "cpu"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_data(tmp_path_factory.mktemp("data") / "tiny")


@pytest.mark.parametrize(
    ("system", "flags", "canvas"),
    [
        ("retinanet_r18", ["--canvas", "64", "--system_options.width", "32", "--system_options.depth", "1"], [64, 64]),
        ("fcos_r18", ["--canvas", "64", "--system_options.width", "32", "--system_options.depth", "1"], [64, 64]),
        ("ssd300_light", ["--system_options.backbone", "mobilenetv3_small_050"], [300, 300]),
    ],
)
def test_every_command_knows_the_system(
    system: str, flags: list[str], canvas: list[int], boxwright: Run, data: Path, tmp_path: Path
) -> None:
    output = ["--output", tmp_path]
    trained = boxwright(
        "train", "--data", data, "--system", system, *flags, "--epochs", 1, "--batch_size", 4, "--workers", 0,
        "--logger", "csv", "--accelerator", "cpu", *output,
    )  # fmt: skip
    assert trained.returncode == 0, trained.stderr
    run = tmp_path / "train"
    config = yaml.safe_load((run / "config.yaml").read_text())
    assert (config["system"], config["optimization"]["schedule"]) == (system, "linear")
    assert config["canvas"] in (canvas[0], canvas)

    measured = boxwright("evaluate", "--model", run, "--data", data, "--workers", 0, "--device", "cpu", *output)
    assert measured.returncode == 0, measured.stderr
    assert "all" in measured.stdout
    found = boxwright("predict", "--model", run, "--source", data / "val", "--output", tmp_path / "found")
    assert found.returncode == 0, found.stderr
    assert "objects in 3 images" in found.stdout


@pytest.mark.parametrize("options", [RETINANET, SSD_LIGHT], ids=["retinanet", "ssd"])
def test_a_stopped_run_goes_on_exactly(
    options: dict[str, object], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(data, epochs=2, output=tmp_path, name="whole", **SMALL | options)
    step = TrainingModule.training_step

    def stop(module: TrainingModule, batch: object, batch_idx: int) -> None:
        if (module.current_epoch, batch_idx) == (1, 1):
            raise InterruptedError
        step(module, batch, batch_idx)

    monkeypatch.setattr(TrainingModule, "training_step", stop)
    with pytest.raises(InterruptedError):
        train(data, epochs=2, output=tmp_path, name="parts", **SMALL | options)
    monkeypatch.undo()
    parts = train(resume=tmp_path / "parts")
    one, other = (load_model(result.last_model)[0].detector.state_dict() for result in (whole, parts))
    assert all(torch.equal(one[name], other[name]) for name in one)
    report = evaluate(parts.best_model, data, output=tmp_path, workers=0, device="cpu")
    assert parts.report is not None
    assert report.ap == pytest.approx(parts.report.ap, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize(
    ("name", "canvas", "options"),
    [
        ("retinanet_r18", 64, {"width": 32, "depth": 1}),
        ("fcos_r18", 64, SMALLEST),
        ("ssd_tiny", 64, {}),
        ("ssd300_light", 300, {"backbone": "mobilenetv3_small_050"}),
    ],
)
def test_a_few_steps_reduce_the_loss(name: str, canvas: int, options: dict[str, object]) -> None:
    torch.manual_seed(0)
    system = build_system(name, 2, **options)
    system.detector.train()
    images = torch.rand(2, 3, canvas, canvas)
    boxes = [torch.tensor([[0.1, 0.1, 0.5, 0.6], [0.4, 0.5, 0.95, 0.9]]), torch.tensor([[0.2, 0.2, 0.8, 0.5]])]
    targets = Targets.from_lists([each * canvas for each in boxes], [torch.tensor([0, 1]), torch.tensor([1])])
    priors = system.prior_generator((canvas, canvas), "cpu")
    optimizer = torch.optim.AdamW(system.detector.parameters(), lr=1e-3)
    history = []
    for _ in range(12):
        losses = system.criterion(system.detector(images), priors, targets)
        optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        optimizer.step()
        history.append(sum(float(value.detach()) for value in losses.values()))
    assert history[-1] < 0.6 * history[0]


def test_photographs_of_cells_can_be_trained_on(tmp_path: Path) -> None:
    """Not a measure of accuracy: two batches of real photographs go through the recipe of the tiny detector's kin."""
    system = build_system("ssd_tiny", len(open_dataset("sample:bccd", "val").categories), norms=False)
    assert system.recipe.augmentation.iou_crop > 0
    result = train("sample:bccd", epochs=1, output=tmp_path, **SMALL | RETINANET | {"batch_size": 30})
    loaded, card = load_model(result.best_model)
    assert (card.canvas_size, loaded.options["width"]) == ((64, 64), 32)


def test_ssd300_takes_no_other_canvas(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="works on 300 × 300 only; found 320 × 320"):
        train(data, epochs=1, output=tmp_path, canvas=320, **SMALL | SSD_LIGHT)
