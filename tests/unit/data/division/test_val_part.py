import numpy as np
import pytest

from boxwright.data.division.val_part import choose_val


def _alone(count: int) -> tuple[list[list[int]], list[str], list[set[int]]]:
    return [[image] for image in range(count)], [f"{image}.jpg" for image in range(count)], [{0}] * count


def test_the_same_seed_gives_the_same_part_and_another_one_another() -> None:
    scenes, names, labels = _alone(100)
    first = choose_val(scenes, names, labels, 0.2, 0)
    assert first == choose_val(scenes, names, labels, 0.2, 0)
    assert first != choose_val(scenes, names, labels, 0.2, 1)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5, 0.8])
@pytest.mark.parametrize("count", [2, 3, 10, 1000])
def test_the_share_is_roughly_kept_and_no_part_is_empty(share: float, count: int) -> None:
    for seed in range(10):
        chosen = choose_val(*_alone(count), share, seed)
        assert 0 < len(chosen) < count
        assert min(0.75 * share * count, count - 1) - 1 < len(chosen) <= max(1, 1.25 * share * count)


@pytest.mark.parametrize(("share", "expected"), [(0, set()), (0.0, set()), (1, {0, 1, 2}), (1.0, {0, 1, 2})])
def test_nothing_and_all(share: float, expected: set[int]) -> None:
    assert choose_val(*_alone(3), float(share), 0) == expected


def test_images_that_are_added_leave_the_others_where_they_are() -> None:
    scenes, names, labels = _alone(1000)
    before = choose_val(scenes[:900], names[:900], labels[:900], 0.2, 0)
    after = choose_val(scenes, names, labels, 0.2, 0)
    assert {image for image in after if image < 900} == before


def test_the_order_of_the_images_does_not_matter() -> None:
    scenes, names, labels = _alone(50)
    turned = names[::-1]
    first = {names[image] for image in choose_val(scenes, names, labels, 0.2, 0)}
    assert first == {turned[image] for image in choose_val(scenes, turned, labels, 0.2, 0)}


def test_scenes_stay_together() -> None:
    rng = np.random.default_rng(0)
    for seed in range(20):
        owner = rng.integers(0, 30, 200)
        scenes = [np.flatnonzero(owner == scene).tolist() for scene in np.unique(owner)]
        names, labels = [f"{image}" for image in range(200)], [{int(owner[image]) % 4} for image in range(200)]
        chosen = choose_val(scenes, names, labels, 0.2, seed)
        assert all(len(chosen.intersection(scene)) in (0, len(scene)) for scene in scenes)
        assert 0 < len(chosen) < 200


def test_every_class_is_in_both_parts_where_two_scenes_have_it() -> None:
    for seed in range(50):
        scenes, names, _ = _alone(40)
        labels = [{0} for _ in range(40)]
        labels[3], labels[17] = {0, 1}, {1}  # in two scenes
        labels[30] = {0, 2}  # in one: it can only be learnt
        chosen = choose_val(scenes, names, labels, 0.2, seed)
        assert len(chosen & {3, 17}) == 1
        assert 30 not in chosen


def test_one_large_scene_is_trained_on() -> None:
    scenes = [list(range(90)), [90], [91], [92]]
    for seed in range(20):
        chosen = choose_val(scenes, [f"{image:02}" for image in range(93)], [{0}] * 93, 0.2, seed)
        assert 0 not in chosen
        assert chosen
