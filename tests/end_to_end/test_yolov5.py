"""YOLOv5 through training, evaluation and prediction, on pictures of rectangles."""

from pathlib import Path

import pytest
import torch
from tests.end_to_end.tiny_data import write_tiny_data

from boxwright import evaluate, predict, train
from boxwright.structures import Targets
from boxwright.systems import load_model
from boxwright.systems.yolov5 import yolov5
from boxwright.training.module import TrainingModule

TINY = {"canvas": 64, "batch_size": 4, "workers": 0, "logger": "csv", "accelerator": "cpu", "system": "yolov5n"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_data(tmp_path_factory.mktemp("data") / "tiny")


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1, "focal_gamma": 1.5, "autobalance": True}])
def test_a_few_steps_reduce_the_loss(options: dict[str, object]) -> None:
    """Objectness may rise meanwhile: what it aims at, the overlaps, rises."""
    torch.manual_seed(0)
    system = yolov5("n", 2, **options)
    system.detector.train()
    images = torch.rand(2, 3, 64, 64)
    boxes = [torch.tensor([[4.0, 4, 30, 40], [20, 30, 62, 60]]), torch.tensor([[10.0, 8, 50, 24]])]
    targets = Targets.from_lists(boxes, [torch.tensor([0, 1]), torch.tensor([1])])
    priors = system.prior_generator((64, 64), "cpu")
    optimizer = torch.optim.SGD(system.detector.parameters(), lr=0.02, momentum=0.9)
    history: list[dict[str, float]] = []
    for _ in range(25):
        losses = system.criterion(system.detector(images), priors, targets)
        optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        optimizer.step()
        system.criterion.after_step()
        history.append({name: float(value.detach()) for name, value in losses.items()})
    first, last = history[0], history[-1]
    assert last["box"] < 0.8 * first["box"]
    assert last["class"] < 0.95 * first["class"]
    assert sum(last.values()) < 0.8 * sum(first.values())


def test_training_evaluation_and_prediction(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = train(data, epochs=2, output=tmp_path, **TINY)
    said = capsys.readouterr().out
    assert "yolov5n, 1.77 M parameters, 2 categories" in said
    assert "100.0 % of 16 objects on a canvas of 64 × 64 are within reach of one; kept." in said
    header = (result.directory / "metrics.csv").read_text().splitlines()[0].split(",")
    assert header[:4] == ["epoch", "box", "objectness", "class"]
    report = evaluate(result.best_model, data, output=tmp_path, workers=0, device="cpu")
    assert result.report is not None
    assert report.ap == pytest.approx(result.report.ap, abs=1e-6, nan_ok=True)
    found = predict(result.best_model, data / "val", output=tmp_path / "found", device="cpu", score_threshold=0.0)
    assert [detections.origin.size for detections in found] == [(60, 64)] * 3


def test_fitted_anchors_are_stored_in_run_and_model(tmp_path: Path, data: Path) -> None:
    """Anchors that are given stay although they reach nothing; a training that starts from the model fits others."""
    far = [[[200.0, 200.0]] * 3] * 3
    kept = train(data, epochs=1, output=tmp_path, name="kept", **TINY | {"system_options": {"anchors": far}})
    system, card = load_model(kept.last_model)
    assert [[list(anchor) for anchor in level] for level in card.options["anchors"]] == far
    assert set(system.prior_generator((64, 64), "cpu").boxes[:, 2].tolist()) == {200.0}

    fitted = train(data, epochs=1, output=tmp_path, name="fitted", weights=str(kept.last_model), **TINY)
    system, card = load_model(fitted.last_model)
    sides = system.prior_generator((64, 64), "cpu").boxes[:, 2:]
    assert float(sides.min()) > 5
    assert float(sides.max()) < 64
    assert "only 0.0 % of 16 objects" in (fitted.directory / "log.txt").read_text()
    again = train(resume=fitted.directory)
    assert load_model(again.last_model)[1].options == card.options


def test_a_run_with_autobalance_goes_on_exactly(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"system_options": {"autobalance": True}}
    whole = train(data, epochs=2, output=tmp_path, name="whole", **TINY | options)
    step = TrainingModule.training_step

    def stop(module: TrainingModule, batch: object, batch_idx: int) -> None:
        if (module.current_epoch, batch_idx) == (1, 1):
            raise InterruptedError
        step(module, batch, batch_idx)

    monkeypatch.setattr(TrainingModule, "training_step", stop)
    with pytest.raises(InterruptedError):
        train(data, epochs=2, output=tmp_path, name="parts", **TINY | options)
    monkeypatch.undo()
    parts = train(resume=tmp_path / "parts")
    states = [
        torch.load(result.directory / "checkpoints" / "last.ckpt", weights_only=True) for result in (whole, parts)
    ]
    balances = [state["criterion"]["objectness"]["weights"] for state in states]
    assert torch.equal(balances[0], balances[1])
    assert balances[0].tolist() != [4.0, 1.0, 0.4]
    one, other = (load_model(result.last_model)[0].detector.state_dict() for result in (whole, parts))
    assert all(torch.equal(one[name], other[name]) for name in one)
