"""A step that contains the criterion may be compiled, and a network may be exported; types are not checked there."""

import subprocess
import sys

STEP = """
import warnings; warnings.filterwarnings("ignore")
import torch
from boxwright.criterion import yolov8_criterion
from boxwright.prior_generators import PointGrid
from boxwright.structures import Predictions, Targets
criterion, priors = yolov8_criterion(reg_max=4), PointGrid((8,))((32, 32))
network = torch.nn.Conv2d(3, 2 + 16, 8, stride=8)

def loss_of(images, targets):
    block = network(images).unsqueeze(1)
    losses = criterion(Predictions((block[:, :, :2],), (block[:, :, 2:],)), priors, targets)
    return sum(losses.values())

def targets_of(*counts):
    corner = torch.tensor([4.0, 4.0, 20.0, 24.0])
    return Targets.from_lists([corner + torch.arange(count).unsqueeze(1) for count in counts],
                              [torch.arange(count) % 2 for count in counts])

step = torch.compile(loss_of, backend="eager")
torch.manual_seed(0)
images = torch.rand(2, 3, 32, 32)
for counts in ((5, 0), (3, 4), (0, 0), (1, 1)):
    targets = targets_of(*counts)
    network.zero_grad(); step(images, targets).backward(); compiled = network.weight.grad.clone()
    network.zero_grad(); plain = loss_of(images, targets); plain.backward()
    torch.testing.assert_close(compiled, network.weight.grad)
    torch.testing.assert_close(step(images, targets), plain)
explained = torch._dynamo.explain(loss_of)(images, targets_of(2, 1))
assert explained.graph_break_count <= 1, explained.graph_break_count
print("compiled")
"""
EXPORT = """
import warnings; warnings.filterwarnings("ignore")
import io, torch
from boxwright.systems import build_system
from boxwright.structures import Predictions
for name, options in (("yolov8n-seg", {}), ("yolov5n", {})):
    detector = build_system(name, 2, **options).detector.eval()
    images = torch.rand(1, 3, 64, 64)
    program = torch.export.export(detector, (images,))
    file = io.BytesIO(); torch.export.save(program, file); file.seek(0)
    found = torch.export.load(file).module()(images)
    assert isinstance(found, Predictions)
    wanted = detector(images)
    assert found.has_background == wanted.has_background and set(found.further) == set(wanted.further)
    for one, other in zip(torch.utils._pytree.tree_leaves(found), torch.utils._pytree.tree_leaves(wanted), strict=True):
        torch.testing.assert_close(one, other)
print("exported")
"""


def run(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_compiled_training_step_gives_the_same_for_any_number_of_objects() -> None:
    """One graph before the criterion and one after it."""
    assert run(STEP).endswith("compiled\n")


def test_a_network_that_returns_predictions_can_be_exported_saved_and_loaded() -> None:
    assert run(EXPORT).endswith("exported\n")
