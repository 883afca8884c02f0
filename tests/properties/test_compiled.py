"""What `torch.compile` and `torch.export` make of a step, an assignment and a network; types are not checked there."""

from collections.abc import Callable
from shutil import which

import pytest

from tests.loaded_python import LoadedPython

Run = Callable[..., str]

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
ASSIGNMENT = """
import os, sys, warnings; warnings.filterwarnings("ignore")
import torch
from torch._dynamo.testing import CompileCounterWithBackend
from boxwright.assigners import TaskAlignedAssigner
from boxwright.kernels import one_graph
from boxwright.prior_generators import PointGrid
from boxwright.structures import Predictions, Proposals, Targets
from boxwright.coders import DistributionCoder
one_graph.BACKEND = counter = CompileCounterWithBackend(sys.argv[1])
priors = PointGrid((8, 16))((48, 48))
assigner, coder = TaskAlignedAssigner(), DistributionCoder(5)
COLUMNS = ("image", "prior", "target", "quality", "weight", "ignored")

def found(path, targets, proposals):
    os.environ["BOXWRIGHT_KERNELS"] = path
    return assigner(priors, targets, proposals)

made = []
torch.manual_seed(0)
for count in (21, 1000, 300):
    logits = tuple(torch.randn(2, 1, 7, side, side) for side in (6, 3))
    codes = tuple(torch.randn(2, 1, 20, side, side) for side in (6, 3))
    proposals = Proposals(Predictions(logits, codes), priors, coder.decode)
    low = torch.rand(count, 2) * 40
    boxes = torch.cat((low, low + torch.rand(count, 2) * 25), dim=1)
    image = torch.arange(count) * 2 // count
    targets = Targets(boxes, torch.randint(7, (count,)), image, torch.rand(count) < 0.1, 2)
    eager, graph = (found(path, targets, proposals) for path in ("reference", "compiled"))
    assert len(eager) > 0 and not one_graph._failures
    assert count > 21 or eager.ignored.any()
    for name in COLUMNS:
        one, other = getattr(graph, name), getattr(eager, name)
        if sys.argv[1] == "aot_eager":
            assert torch.equal(one, other), name
        else:
            torch.testing.assert_close(one, other)
    made.append(counter.frame_count)
assert made[0] > 0 and len(set(made)) == 1, made
print("assigned")
"""
EXPORT = """
import warnings; warnings.filterwarnings("ignore")
import io, torch
from boxwright.models import Detector
from boxwright.models.heads import AnchoredHead, DecoupledHead, MultiBoxHead, PrototypeMaskHead
from boxwright.structures import Predictions

class Pooled(torch.nn.Module):
    def forward(self, images):
        return tuple(torch.nn.functional.avg_pool2d(images, side) for side in (8, 16))

levels, neck = {"channels": (3, 3), "strides": (8, 16)}, torch.nn.Identity()
for head, mask_head in (
    (DecoupledHead(**levels, num_classes=2), PrototypeMaskHead(**levels, width=8)),
    (AnchoredHead(**levels, num_classes=2), None),
    (MultiBoxHead((3, 3), (4, 6), 2), None),
):
    detector = Detector(Pooled(), neck, head, mask_head=mask_head).eval()
    images = torch.rand(1, 3, 64, 64)
    program = torch.export.export(detector, (images,))
    file = io.BytesIO(); torch.export.save(program, file); file.seek(0)
    found = torch.export.load(file).module()(images)
    assert isinstance(found, Predictions)
    wanted = detector(images)
    assert found.has_background == wanted.has_background and set(found.further) == set(wanted.further)
    assert (found.masks is None) == (mask_head is None)
    for one, other in zip(torch.utils._pytree.tree_leaves(found), torch.utils._pytree.tree_leaves(wanted), strict=True):
        torch.testing.assert_close(one, other)
print("exported")
"""


@pytest.fixture
def run(loaded_python: LoadedPython) -> Run:
    def run(script: str, *words: str, **environment: str) -> str:
        done = loaded_python.run("-c", script, *words, environment=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.slow
def test_a_compiled_training_step_gives_the_same_for_any_number_of_objects(run: Run) -> None:
    """One graph before the criterion and one after it."""
    assert run(STEP).endswith("compiled\n")


@pytest.mark.slow
def test_graphs_of_an_assignment_give_what_it_gives_and_serve_any_number_of_targets(run: Run) -> None:
    assert run(ASSIGNMENT, "aot_eager").endswith("assigned\n")


@pytest.mark.slow
@pytest.mark.skipif(which("c++") is None, reason="no C++ compiler")
def test_graphs_of_an_assignment_may_be_machine_code(run: Run) -> None:
    assert run(ASSIGNMENT, "inductor").endswith("assigned\n")


@pytest.mark.slow
def test_graphs_of_an_assignment_work_inside_a_compiled_training_step(run: Run) -> None:
    backend = "from boxwright.kernels import one_graph; one_graph.BACKEND = 'aot_eager'"
    check = "assert not one_graph._failures and one_graph._graph.cache_info().currsize == 3"
    assert run(f"{backend}{STEP}{check}", BOXWRIGHT_KERNELS="compiled").endswith("compiled\n")


@pytest.mark.slow
def test_a_network_that_returns_predictions_can_be_exported_saved_and_loaded(run: Run) -> None:
    assert run(EXPORT).endswith("exported\n")
