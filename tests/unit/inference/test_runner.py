"""One way of running a network."""

from pathlib import Path

import pytest
import torch

from boxwright.data import collate, open_dataset
from boxwright.data.loading.kept_images import KeptImages
from boxwright.data.transforms import FitToCanvas
from boxwright.errors import ConfigError
from boxwright.inference import Runner
from boxwright.systems import System, build_system


@pytest.fixture
def system() -> System:
    torch.manual_seed(0)
    return build_system("yolov8n", 2)


@pytest.fixture
def batch(tiny_data: Path):
    dataset = open_dataset(tiny_data, "val")
    return collate([FitToCanvas((64, 64))(dataset[position]) for position in range(len(dataset))])


def test_it_finds_what_network_and_postprocessing_give(system: System, batch) -> None:
    found = Runner(system, (64, 64))(batch)
    with torch.no_grad():
        predictions = system.detector.eval()(system.normalization(batch.images))
    wanted = system.postprocessor(predictions, system.prior_generator((64, 64), "cpu"), batch.origins)
    for one, two in zip(found, wanted, strict=True):
        assert len(one) == len(two)
        torch.testing.assert_close(one.scores, two.scores, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("is_trained", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_what_is_given_stays_as_it_is(system: System, batch, is_trained: bool, training: bool) -> None:
    system.detector.train(training)
    before = {name: value.clone() for name, value in system.detector.state_dict().items()}
    runner = Runner(system, (64, 64), is_trained=is_trained)
    runner(batch)
    assert system.detector.training is training
    assert all(parameter.requires_grad for parameter in system.detector.parameters())
    assert all(torch.equal(value, before[name]) for name, value in system.detector.state_dict().items())
    assert runner.network.training is not is_trained


def test_it_has_the_weights_of_the_moment(system: System, batch) -> None:
    runner = Runner(system, (64, 64))
    before = runner(batch)
    with torch.no_grad():
        for parameter in system.detector.parameters():
            parameter.zero_()
    after = runner(batch)
    assert all(torch.equal(one.boxes, two.boxes) for one, two in zip(before, after, strict=True))


def test_batches_samples_and_data_sets_give_the_same(system: System, tiny_data: Path) -> None:
    dataset, runner = open_dataset(tiny_data, "val"), Runner(system, (64, 64))
    over = list(runner.over(dataset, batch_size=2, workers=0))
    samples = runner.of_samples([dataset[position] for position in range(len(dataset))])
    assert [one.origin.image_id for one in over] == [one.origin.image_id for one in samples]
    for one, two in zip(over, samples, strict=True):
        torch.testing.assert_close(one.boxes, two.boxes, rtol=0, atol=1e-4)


def test_priors_and_detections_can_be_trained_with(system: System, batch) -> None:
    with torch.inference_mode():
        runner = Runner(system, (32, 160))
    assert not system.prior_generator((32, 160), "cpu").boxes.is_inference()
    assert not runner.priors.boxes.is_inference()
    assert not any(value.is_inference() for value in runner.network.state_dict().values())


def test_the_precision_is_that_of_the_network(system: System, batch) -> None:
    runner = Runner(system, (64, 64), precision="bf16")
    assert runner.predictions(batch.images).box_codes[0].dtype == torch.bfloat16
    assert all(found.boxes.dtype == torch.float32 for found in runner(batch))
    with torch.autocast("cpu", torch.bfloat16):
        assert Runner(system, (64, 64)).predictions(batch.images).box_codes[0].dtype == torch.float32


def test_a_fresh_network_normalises_by_the_images_one_or_many(batch) -> None:
    system = build_system("ssd_tiny", 2)
    runner = Runner(system, (64, 64), is_trained=False)
    assert runner.predictions(batch.images[:1]).batch_size == 1
    other = Runner(system, (64, 64)).predictions(batch.images)
    assert not torch.allclose(runner.predictions(batch.images).class_logits[0], other.class_logits[0])


@pytest.mark.parametrize("settings", [{"precision": "half"}, {"canvas_size": (64, 65)}])
def test_what_is_impossible_is_an_error(system: System, settings) -> None:
    with pytest.raises(ConfigError, match=r"Unknown precision|canvas: both sides"):
        Runner(system, **{"canvas_size": (64, 64), **settings})


def test_no_image_is_no_error(system: System, tiny_data: Path) -> None:
    nothing = KeptImages(open_dataset(tiny_data, "val"), [])
    assert list(Runner(system, (64, 64)).over(nothing, workers=0)) == []
