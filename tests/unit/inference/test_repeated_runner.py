from dataclasses import replace

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.inference import RepeatedRunner, Runner
from boxwright.inference.looks import Look
from boxwright.structures import Detections, ImageOrigin, Sample
from boxwright.systems import System, build_system

CANVAS = (64, 96)


def _system(name: str = "yolov8n", *, threshold: float = 0.0, most: int = 60) -> System:
    torch.manual_seed(0)
    system = build_system(name, 2)
    with torch.no_grad():
        for module in system.detector.head.modules():
            if isinstance(module, torch.nn.Conv2d) and module.bias is not None:
                torch.nn.init.normal_(module.weight, std=2.0 / module.weight[0].numel() ** 0.5)
    limits = {"score_threshold": threshold, "max_detections": most}
    return replace(system, postprocessor=replace(system.postprocessor, **limits))


def _sample(image: torch.Tensor) -> Sample:
    nothing = torch.zeros(0, dtype=torch.int64)
    size = (image.shape[1], image.shape[2])
    return Sample(image, torch.zeros(0, 4), nothing, nothing.bool(), ImageOrigin(7, None, size))


def _image(size: tuple[int, int] = (50, 75)) -> torch.Tensor:
    return torch.randint(0, 256, (3, *size), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def _same(one: Detections, other: Detections) -> bool:
    masks = (one.masks is None) == (other.masks is None)
    if one.masks is not None and other.masks is not None:
        masks = torch.equal(one.masks.bits, other.masks.bits) and torch.equal(one.masks.windows, other.masks.windows)
    columns = [torch.equal(getattr(one, name), getattr(other, name)) for name in ("boxes", "scores", "labels")]
    return masks and all(columns) and one.origin == other.origin


@pytest.mark.parametrize("name", ["yolov8n", "yolov8n-e2e", "yolov8n-seg", "yolov5n", "ssd_tiny"])
def test_one_look_at_the_canvas_itself_is_none(name: str) -> None:
    """A factor of 1 gives what is found without."""
    system = _system(name)
    canvas = (224, 224) if name == "ssd_tiny" else CANVAS
    samples = [_sample(_image()), _sample(_image((80, 40)))]
    plain = Runner(system, canvas).of_samples(samples)
    looks = [(Look(canvas),), (Look(canvas), Look(canvas))]
    for chosen in looks:
        found = RepeatedRunner(system, canvas, looks=chosen).of_samples(samples)
        assert [len(each) for each in plain] == [len(each) for each in found]
        assert all(_same(*pair) for pair in zip(plain, found, strict=True))
    assert sum(len(each) for each in plain) > 10


@pytest.mark.parametrize("name", ["yolov8n", "yolov8n-seg", "retinanet_r18"])
@pytest.mark.parametrize("size", [(64, 96), (64, 71), (40, 100)])
def test_an_image_that_is_its_mirror_has_detections_that_are(name: str, size: tuple[int, int]) -> None:
    """Both looks see the same, so what one finds the other finds mirrored; at overlaps to 1 nothing is suppressed."""
    half = _image(size)
    image = torch.maximum(half, half.flip(2))
    system = _system(name, most=20)
    system = replace(system, postprocessor=replace(system.postprocessor, iou_threshold=1.0, max_detections=20))
    sample = _sample(image)
    plain = Runner(system, CANVAS).of_samples([sample])[0]
    looks = (Look(CANVAS), Look(CANVAS, is_mirrored=True))
    wide = replace(system, postprocessor=replace(system.postprocessor, max_detections=40))
    parts = RepeatedRunner(system, CANVAS, looks=looks)
    parts.system = wide  # both looks find 20, of which none shall be cut
    found = parts.of_samples([sample])[0]
    assert len(plain) == 20
    mirrored = found.boxes.clone()
    mirrored[:, 0], mirrored[:, 2] = size[1] - found.boxes[:, 2], size[1] - found.boxes[:, 0]
    distance = (mirrored[:, None] - found.boxes[None]).abs().amax(dim=2)
    same = (found.labels[:, None] == found.labels) & ((found.scores[:, None] - found.scores).abs() < 1e-4)
    assert len(found) > 20
    assert bool(((distance < 0.05) & same).any(dim=1).all())


@pytest.mark.parametrize("name", ["yolov8n", "yolov8n-seg", "ssd_tiny"])
def test_the_usual_looks_find_at_least_the_best(name: str) -> None:
    system, canvas = _system(name), (224, 224) if name == "ssd_tiny" else (128, 128)
    samples = [_sample(_image())]
    plain = Runner(system, canvas).of_samples(samples)[0]
    runner = RepeatedRunner(system, canvas)
    found = runner.of_samples(samples)[0]
    assert len(runner.looks) == 6
    assert len(found) <= 60
    assert found.scores[0] >= plain.scores[0]
    assert bool((found.scores.diff() <= 0).all())
    assert bool((found.boxes >= 0).all())
    assert bool((found.boxes[:, 2] <= 75).all())
    assert found.origin.image_id == 7
    assert (found.masks is None) == (plain.masks is None)


def test_a_look_at_a_canvas_of_another_system_is_refused() -> None:
    with pytest.raises(ConfigError, match="multiples of 32; found 60 × 60"):
        RepeatedRunner(_system(), CANVAS, looks=(Look((60, 60)),))


def test_the_network_is_copied_once() -> None:
    runner = RepeatedRunner(_system(), (128, 128))
    networks = {id(run.__self__.network) for run in runner._runs.values()}  # type: ignore[attr-defined]
    assert networks == {id(runner.network)}
