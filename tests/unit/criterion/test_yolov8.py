import pytest

from boxwright.assigners import task_aligned_assigner
from boxwright.criterion import yolov8_criterion, yolov8_seg_criterion
from boxwright.errors import ConfigError
from boxwright.losses import BinaryCrossEntropy, DistributionFocalLoss, MaskLoss, OverlapLoss
from boxwright.reducers import ByQuality, PairMean, PerImageMean
from boxwright.samplers import KeepAll


def test_the_published_parts() -> None:
    criterion = yolov8_criterion(guarantee=True, reg_max=8)
    assert criterion.assigner == task_aligned_assigner(guarantee=True)
    assert criterion.sampler == KeepAll()
    assert criterion.times_batch_size
    found = [(term.name, term.gain, term.loss, term.reducer) for term in criterion.terms]  # type: ignore[attr-defined]
    assert found == [
        ("box", 7.5, OverlapLoss("ciou"), ByQuality()),
        ("class", 0.5, BinaryCrossEntropy(), ByQuality()),
        ("dfl", 1.5, DistributionFocalLoss(), ByQuality()),
    ]


@pytest.mark.parametrize(
    ("dialect", "resolution", "reducer"),
    [
        ("early", "prototypes", PerImageMean()),
        ("mid", "prototypes", PairMean()),
        ("8.4.0", "masks", PairMean()),
        ("current", "masks", PairMean()),
    ],
)
def test_masks_follow_the_release(dialect: str, resolution: str, reducer: object) -> None:
    *boxes, masks = yolov8_seg_criterion(dialect=dialect, overlap_map=True).terms
    assert [term.name for term in boxes] == ["box", "class", "dfl"]
    assert masks.loss == MaskLoss(resolution, "index_map")  # type: ignore[attr-defined, arg-type]
    assert (masks.reducer, masks.gain, masks.is_weighted) == (reducer, 7.5, False)  # type: ignore[attr-defined]


@pytest.mark.parametrize("build", [yolov8_criterion, yolov8_seg_criterion])
def test_an_unknown_release_is_an_error(build: type) -> None:
    with pytest.raises(ConfigError, match="current"):
        build(dialect="curent")
