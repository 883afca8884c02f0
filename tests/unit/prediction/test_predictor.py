from dataclasses import replace

import numpy as np
import pytest
import torch

from boxwright.data import from_torch
from boxwright.data.images.reading import as_tensor
from boxwright.errors import ConfigError
from boxwright.evaluation import measure
from boxwright.geometry.tiling import Tiling
from boxwright.prediction import Predictor
from boxwright.prediction.wishes import Wishes


def images(count: int) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (30 + 7 * i, 80 - 5 * i, 3), dtype=np.uint8) for i in range(count)]


@pytest.fixture
def predictor(model):
    return Predictor(*model, device="cpu", score_threshold=0.0, max_detections=20)


def test_gives_what_evaluation_gives(model, predictor):
    given, nothing = images(3), {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}
    dataset = from_torch([(as_tensor(pixels), nothing) for pixels in given], ("cat", "dog"), first_label=0)
    expected = measure(predictor.system, dataset, model[1].canvas_size, workers=0, max_detections=20).detections
    found = list(predictor(given, batch_size=3))
    assert len(found) == 3
    for one in found:
        two = expected[one.origin.image_id]
        assert len(one) == 20
        assert torch.equal(one.boxes, two.boxes)
        assert torch.equal(one.scores, two.scores)
        assert one.origin.letterbox == two.origin.letterbox


@pytest.mark.parametrize("batch_size", [1, 2, 5, 100])
def test_batches_change_nothing(predictor, batch_size):
    given = images(5)
    expected = [next(predictor(each)) for each in given]
    found = list(predictor(given, batch_size))
    assert [each.origin.image_id for each in found] == [0, 1, 2, 3, 4]
    for one, two in zip(found, expected, strict=True):
        torch.testing.assert_close(one.boxes, two.boxes, atol=1e-3, rtol=1e-4)
        torch.testing.assert_close(one.scores, two.scores, atol=1e-5, rtol=1e-4)


def test_reads_one_batch_at_a_time(predictor):
    taken = []

    def stream():
        for pixels in images(6):
            taken.append(1)
            yield pixels

    found = predictor(stream(), batch_size=2)
    assert not taken
    next(found)
    assert len(taken) == 2


def test_boxes_lie_in_the_original_image(predictor):
    for pixels, found in zip(images(4), predictor(images(4)), strict=True):
        height, width = pixels.shape[:2]
        assert (found.boxes >= 0).all()
        assert (found.boxes <= torch.tensor([width, height, width, height])).all()
        assert (found.boxes[:, 2:] > found.boxes[:, :2]).all()


def test_what_is_left_out_comes_from_the_system_and_the_card(model):
    predictor = Predictor(*model, device="cpu")
    once = replace(model[0].postprocessor, multi_label=False)  # a box is shown once
    assert predictor.system.postprocessor == once
    assert predictor.canvas_size == model[1].canvas_size
    changed = Predictor(*model, device="cpu", iou_threshold=0.1, canvas_size=(32, 32))
    assert changed.system.postprocessor == replace(once, iou_threshold=0.1)
    assert len(list(changed(images(1)))) == 1


def test_the_network_stays_as_it_is_and_priors_can_be_trained_with(model):
    system, card = model
    system.detector.train()
    found = next(Predictor(system, card, device="cpu", canvas_size=(32, 160))(images(1)))
    assert system.detector.training
    assert not found.boxes.requires_grad
    assert not system.prior_generator((32, 160), "cpu").boxes.is_inference()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"canvas_size": (64, 100)}, r"multiples of 32; .* fits is 64 × 96"),
        ({"canvas_size": (0, 64)}, "nearest that fits is 32 × 64"),
        ({"score_threshold": 1.5}, "score_threshold is 1.5"),
        ({"iou_threshold": -1.0}, "iou_threshold is -1"),
        ({"max_detections": 0}, "max_detections must be at least 1; found 0"),
    ],
)
def test_impossible_settings_are_errors(model, settings, message):
    with pytest.raises(ConfigError, match=message):
        Predictor(*model, device="cpu", **settings)


def test_a_batch_of_none_is_an_error(predictor):
    with pytest.raises(ConfigError, match="batch_size is 0"):
        list(predictor(images(1), batch_size=0))


@pytest.mark.parametrize("device", ["toaster", "cuda:99", "meta", "0"])
def test_an_impossible_device_is_a_wrong_setting(model, device):
    with pytest.raises(ConfigError, match="cannot be used here"):
        Predictor(*model, device=device)


def test_tiles_are_looked_at_in_batches_and_put_together(model):
    given = images(3)
    predictor = Predictor(*model, device="cpu", score_threshold=0.0, tiling=Tiling((24, 40), 0.25))
    found = list(predictor(given, batch_size=5))
    one_by_one = [next(predictor(each, batch_size=1)) for each in given]
    for pixels, one, other in zip(given, found, one_by_one, strict=True):
        assert one.origin.size == pixels.shape[:2]
        assert len(one) > 20
        assert bool((one.boxes[:, 2:] <= torch.tensor(pixels.shape[1::-1])).all() and (one.boxes >= 0).all())
        torch.testing.assert_close(one.scores[:50], other.scores[:50], atol=1e-5, rtol=1e-4)


def test_tiles_are_read_image_by_image(model):
    taken = []

    def stream():
        for pixels in images(4):
            taken.append(1)
            yield pixels

    found = Predictor(*model, device="cpu", tiling=Tiling((24, 24)))(stream(), batch_size=2)
    next(found)
    assert len(taken) <= 2


def test_limits_and_wishes_are_those_of_the_whole_image(model):
    tiling, wishes = Tiling((24, 40), 0.25), Wishes((1,), min_size=10, max_size=40)
    predictor = Predictor(*model, device="cpu", score_threshold=0.0, max_detections=7, wishes=wishes, tiling=tiling)
    one = next(predictor(images(3)[2]))
    size = (one.boxes[:, 2:] - one.boxes[:, :2]).prod(dim=1).sqrt()
    assert 0 < len(one) <= 7
    assert bool((one.labels == 1).all() and (size >= 10).all() and (size <= 40).all())


def test_several_looks_give_what_evaluation_gives_of_them(model):
    given, nothing = images(2), {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}
    dataset = from_torch([(as_tensor(pixels), nothing) for pixels in given], ("cat", "dog"), first_label=0)
    twice = Predictor(*model, device="cpu", score_threshold=0.0, max_detections=20, one_class_per_box=False, tta=True)
    once = Predictor(*model, device="cpu", score_threshold=0.0, max_detections=20, one_class_per_box=False)
    how = {"workers": 0, "max_detections": 20, "tta": True}
    expected = measure(twice.system, dataset, model[1].canvas_size, **how).detections
    for one, plain in zip(twice(given), once(given), strict=True):
        two = expected[one.origin.image_id]
        assert torch.equal(one.boxes, two.boxes)
        assert torch.equal(one.scores, two.scores)
        assert not torch.equal(one.scores, plain.scores)
        assert one.scores[0] >= plain.scores[0]
