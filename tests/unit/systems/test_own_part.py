import json
from pathlib import Path

import pytest
import torch

from boxwright.criterion import Criterion
from boxwright.errors import ConfigError, ShapeError
from boxwright.structures import Targets
from boxwright.systems import build_system, with_parts
from boxwright.systems.model_card import card_from, card_of
from boxwright.systems.own_part import LeftBehind

MINE = """
import torch
raise_at_once = None

class Nothing:
    def __init__(self, most: int = 1) -> None:
        self.most = most
    def __call__(self, priors, targets, proposals=None):
        from boxwright.structures import Assignment
        return Assignment.empty(targets.batch_size, len(priors))

class Loss:
    def __call__(self, boxes, target_boxes):
        return (boxes - target_boxes).abs().sum(dim=1)

class Pixels:
    def of_pixels(self, boxes, target_boxes, canvas_size):
        return (boxes - target_boxes).abs().sum(dim=1) / max(canvas_size)

class Pairs:
    def __call__(self, priors, targets, proposals=None):
        return [(0, 0)]

class Broken:
    def __init__(self):
        raise OSError("no such model")

class Learned(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))
    def forward(self, priors, targets, proposals=None):
        ...

class Ends:
    def __init__(self):
        raise SystemExit(3)

def __getattr__(name):
    raise RuntimeError("it is looked up")

def function(priors, targets, proposals=None):
    ...
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A module of its own for every test in the present folder."""
    monkeypatch.chdir(tmp_path)
    name = f"mine_{abs(hash(request.node.nodeid))}"
    (tmp_path / f"{name}.py").write_text(MINE)
    return name


def criterion(parts: dict[str, object]) -> Criterion:
    return with_parts(build_system("yolov8n", 2), parts).criterion


def test_a_module_of_the_present_folder_is_found(module: str) -> None:
    found = criterion({"assigner": f"{module}.Nothing", "assigner.most": 3, "box_loss": f"{module}.Loss"})
    assert found.assigner.most == 3  # type: ignore[attr-defined]
    box = next(term for term in found.terms if term.name == "box")
    assert type(box.loss).__name__ == "Loss"  # type: ignore[attr-defined]
    assert type(criterion({"box_loss": f"{module}.Pixels"}).terms[0].loss).__name__ == "Pixels"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("part", "options", "message"),
    [
        ("{}.Nothin", {}, r"does not give Nothin \(RuntimeError: it is looked up\)"),
        ("{}.Learned", {}, r"has weights that are to be learned \(weight\)"),
        ("{}.Ends", {}, r"cannot be built \(SystemExit: 3\)"),
        ("builtins.int", {}, r"cannot be called with \(priors, targets, proposals\)"),
        ("torch.Tensor", {"most": 1}, "cannot be built"),
        ("boxwright.assigners.AtssAssigne", {}, "Did you mean 'AtssAssigner'"),
        ("{}.Nothing", {"mst": 1}, "Did you mean 'most'"),
        ("{}.function", {}, "is a function, not a class"),
        ("{}.Loss", {}, r"cannot be called with \(priors, targets, proposals\)"),
        ("{}.Broken", {}, r"cannot be built \(OSError: no such model\)"),
        ("nowhere_at_all.Nothing", {}, "there is no module nowhere_at_all, neither in the present folder"),
    ],
)
def test_what_cannot_be_used_is_an_error(part: str, options: dict[str, object], message: str, module: str) -> None:
    given = {"assigner": part.format(module)} | {f"assigner.{name}": value for name, value in options.items()}
    with pytest.raises(ConfigError, match=message):
        criterion(given)


def test_an_assigner_that_gives_something_else_says_so(module: str) -> None:
    system = with_parts(build_system("yolov8n", 2), {"assigner": f"{module}.Pairs"})
    predictions = system.detector.eval()(torch.zeros(1, 3, 64, 64))
    targets = Targets.from_lists([torch.zeros(0, 4)], [torch.zeros(0)])
    with pytest.raises(ShapeError, match=r"Pairs gave a list\. Give an Assignment"):
        system.criterion(predictions, system.prior_generator((64, 64), "cpu"), targets)


@pytest.mark.parametrize("text", ["import nowhere_at_all", "raise ValueError('x')", "def (", "raise SystemExit"])
def test_a_module_with_a_fault_says_which(text: str, module: str) -> None:
    Path(f"{module}.py").write_text(text)
    with pytest.raises(ConfigError, match="the module cannot be imported"):
        criterion({"assigner": f"{module}.Nothing"})


def test_a_model_file_runs_nothing(module: str) -> None:
    """The card only names the part; where it would be needed, it says so."""
    system = with_parts(build_system("yolov8n", 2), {"assigner": f"{module}.Nothing"})
    card = card_of(system, categories=("a", "b"), category_ids=(1, 2), canvas_size=(64, 64), config={})
    Path(f"{module}.py").unlink()
    built = card_from(json.loads(card.header())).build()
    assert built.criterion.assigner == LeftBehind("assigner", f"{module}.Nothing")
    priors = built.prior_generator((64, 64), "cpu")
    predictions = built.detector.eval()(torch.zeros(1, 3, 64, 64))
    targets = Targets.from_lists([torch.zeros(0, 4)], [torch.zeros(0)])
    with pytest.raises(ConfigError, match=f"name it: --parts.assigner {module}.Nothing"):
        built.criterion(predictions, priors, targets)
