"""One training step of every system in every precision, the way `train` takes it."""

from pathlib import Path
from typing import Any

import lightning
import pytest
import torch
from lightning.pytorch.plugins import MixedPrecision, Precision
from torch.utils.data import DataLoader

from boxwright.criterion import DualCriterion
from boxwright.data import collate, open_dataset
from boxwright.data.transforms import FitToCanvas
from boxwright.run_files.narration import narration
from boxwright.structures import Batch
from boxwright.systems import build_system
from boxwright.training.module import TrainingModule
from boxwright.training.trainer import PRECISIONS

NUCLEI = Path(__file__).parent / "nuclei"
SYSTEMS: dict[str, tuple[int, dict[str, Any]]] = {
    "yolov8n": (64, {}),
    "yolov8n-e2e": (64, {}),
    "yolov8n-seg": (64, {}),
    "yolov5n": (64, {}),
    "retinanet_r18": (64, {"width": 32, "depth": 0}),
    "fcos_r18": (64, {"backbone": "test_resnet", "width": 32, "depth": 1}),
    "ssd300_light": (300, {"backbone": "mobilenetv3_small_050"}),
}


def steps(name: str) -> tuple[TrainingModule, list[Batch]]:
    """Gives the module of a system, and one batch of real images."""
    side, options = SYSTEMS[name]
    torch.manual_seed(0)
    system, data = build_system(name, 1, **options), open_dataset(NUCLEI, "train", masks=True)
    fit = FitToCanvas((side, side), fit=system.fit)
    batch = collate([fit(data[number]) for number in range(3)], system.mask_stride)
    module = TrainingModule(
        system, system.recipe, data, epochs=1, batches_per_epoch=1, batch_size=3, canvas_size=(side, side)
    )
    return module, [batch]


def as_trained(precision: str) -> MixedPrecision | Precision:
    """Gives what Lightning makes of a precision, fp16 as it does on a GPU: on a CPU it would take bf16 for it."""
    if precision == "32":
        return Precision()
    kind = PRECISIONS[precision]
    scaler = torch.amp.GradScaler("cpu") if precision == "fp16" else None
    return MixedPrecision(kind, "cpu", scaler)  # type: ignore[arg-type]


def names_of(criterion: Any) -> set[str]:
    """Gives the losses that are to be there, of both heads where there are two."""
    if isinstance(criterion, DualCriterion):
        return names_of(criterion.many) | {f"one_{name}" for name in names_of(criterion.one)}
    return {term.name for term in criterion.terms}


@pytest.mark.filterwarnings("ignore:You defined a `validation_step`")
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", SYSTEMS)
def test_a_step_runs_and_reaches_the_weights(name: str, precision: str, tmp_path: Path) -> None:
    module, batches = steps(name)
    before = [value.clone() for value in module.detector.parameters()]
    trainer = lightning.Trainer(
        accelerator="cpu",
        plugins=[as_trained(precision)],
        max_epochs=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    with narration(tmp_path / "log.txt"):
        trainer.fit(module, DataLoader(batches, batch_size=None))  # type: ignore[arg-type]
    losses = module.mean_losses()
    assert set(losses) == names_of(module.system.criterion)
    assert all(torch.tensor(loss).isfinite() for loss in losses.values())
    if precision != "fp16":  # whose first step may be skipped, until the scale of the gradients fits
        assert any(not torch.equal(old, new) for old, new in zip(before, module.detector.parameters(), strict=True))
