"""A state is found wherever it is inside a criterion."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from boxwright.assigners import task_aligned_assigner
from boxwright.coders import LtrbCoder
from boxwright.criterion import BoxRegressionTerm, ClassificationTerm, Criterion, Stateful, Term
from boxwright.criterion.state import states_of
from boxwright.errors import ConfigError, ShapeError
from boxwright.losses import AgainstBackground
from tests.contracts.scenes import random_scene


class RunningMean:
    """A loss that divides by the mean of its own losses so far."""

    def __init__(self) -> None:
        self.mean, self.last = 1.0, 1.0

    def __call__(self, boxes: Tensor, target_boxes: Tensor) -> Tensor:
        loss = (boxes - target_boxes).abs().sum(dim=1)
        self.last = float(loss.detach().mean())
        return loss / self.mean

    def after_step(self) -> None:
        self.mean += 0.5 * (self.last - self.mean)

    def state_dict(self) -> dict[str, Tensor]:
        return {"mean": torch.tensor(self.mean)}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        self.mean = float(state["mean"])


@dataclass
class Holder:
    inner: Any
    size: int = 3


class Plain:
    def __init__(self, inner: Any) -> None:
        self.inner = inner


def criterion(*terms: Term) -> Criterion:
    return Criterion(task_aligned_assigner(), LtrbCoder().decode, terms)


STATE = RunningMean()


@pytest.mark.parametrize(
    "part",
    [
        STATE,
        Holder(STATE),
        Holder(Holder(STATE)),
        Plain(STATE),
        [Holder(1), {"a": (STATE,)}],
        partial(print, STATE),
        partial(print, end=STATE),
        partial(STATE, 1),
        STATE.after_step,
        AgainstBackground(STATE),  # type: ignore[arg-type]
    ],
)
def test_is_found_inside_everything(part: object) -> None:
    assert isinstance(STATE, Stateful)
    assert states_of({"box": part}) == {"box": STATE}


def test_several_states_of_a_part_are_told_apart() -> None:
    first, second = RunningMean(), RunningMean()
    assert states_of({"box": Holder((first, second)), "mask": 3}) == {"box.inner.0": first, "box.inner.1": second}


def test_a_state_in_two_places_is_listed_once() -> None:
    assert states_of({"box": Holder(STATE), "mask": Holder(STATE)}) == {"box": STATE}


def test_what_holds_itself_ends() -> None:
    loop = Plain(None)
    loop.inner = loop
    assert states_of({"box": loop}) == {}


@pytest.mark.parametrize("missing", ["after_step", "state_dict", "load_state_dict"])
def test_half_a_state_is_an_error(missing: str) -> None:
    names = [name for name in ("after_step", "state_dict", "load_state_dict") if name != missing]
    half = type("Half", (), {name: lambda self: None for name in names})()
    with pytest.raises(ConfigError, match=rf"box\.inner \(Half\) seems to keep a state, but has no {missing}, so that"):
        states_of({"box": Holder(half)})


def test_a_module_without_buffers_has_no_state_and_one_with_them_has() -> None:
    assert states_of({"box": nn.SmoothL1Loss()}) == {}
    module = nn.CrossEntropyLoss(weight=torch.ones(3))
    assert states_of({"box": module}) == {"box": module}


def test_the_criterion_moves_saves_and_resumes_it() -> None:
    scene = random_scene(0)
    loss = RunningMean()
    part = criterion(BoxRegressionTerm(LtrbCoder().decode, loss=loss), ClassificationTerm())
    before = part(scene.predictions, scene.priors, scene.targets)["box"]
    assert torch.equal(part(scene.predictions, scene.priors, scene.targets)["box"], before)
    part.after_step()
    after = part(scene.predictions, scene.priors, scene.targets)["box"]
    assert not torch.equal(after, before)
    state = part.state_dict()
    assert set(state) == {"box"}
    fresh = replace(part, terms=(BoxRegressionTerm(LtrbCoder().decode, loss=RunningMean()), ClassificationTerm()))
    fresh.load_state_dict(state)
    assert torch.equal(fresh(scene.predictions, scene.priors, scene.targets)["box"], after)
    with pytest.raises(ShapeError, match=r"a state of \['box'\], the criterion one of \[\]"):
        criterion(ClassificationTerm()).load_state_dict(state)


def test_a_state_may_be_in_the_sampler_or_the_assigner() -> None:
    part = criterion(ClassificationTerm())
    stateful = type("Sampler", (RunningMean,), {"__call__": lambda self, assignment, prior_values=None: assignment})()
    assert set(replace(part, sampler=stateful).state_dict()) == {"sampler"}


@pytest.mark.parametrize("name", ["class", "sampler", "assigner"])
def test_two_terms_of_one_name_are_an_error(name: str) -> None:
    """Two kinds of names are taken already."""
    with pytest.raises(ConfigError, match=rf"a name of its own.*Give one of {name} another"):
        criterion(ClassificationTerm(name=name), ClassificationTerm())


def test_terms_of_two_names_give_two_losses() -> None:
    scene = random_scene(0)
    losses = criterion(ClassificationTerm(), ClassificationTerm(name="again"))(
        scene.predictions, scene.priors, scene.targets
    )
    assert torch.equal(losses["class"], losses["again"])
