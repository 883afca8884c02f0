"""The plain reference of FCOS against recorded numbers of torchvision, by hand, and against differences."""

import numpy as np
import pytest

from conformance.reference.chain_rule import difference_quotients, value_of
from conformance.reference.coding import ltrb_decode
from conformance.reference.fcos import Rules, assign, box_loss, centreness, distances_decoder, losses
from conformance.reference.overlaps import giou
from conformance.reference.priors import cell_points
from conformance.reference.targets import Targets
from tests.conformance.recorded import close, close_gradient, load, names, targets
from tests.conformance.test_reference_retinanet import global_index

FOLDER = "fcos_torchvision"


@pytest.mark.parametrize("name", names(FOLDER, "c0"))
def test_everything_but_centreness(name: str) -> None:
    """Centreness was not recorded: torchvision itself is asked for it on the suite's cases."""
    arrays, config = load(FOLDER, name)
    rows = np.array(cell_points(config["canvas"], config["strides"]))
    points, strides = rows[:, :2], rows[:, 2]
    images = np.repeat(np.arange(len(config["counts"])), config["counts"])
    objects = targets(arrays["boxes"], arrays["labels"], images, len(config["counts"]))
    matched = assign(points, strides, objects, Rules())
    assert (matched == global_index(arrays["matched"], objects, 0)).all()
    logits, codes = arrays["cls_logits"], arrays["box_sides"]
    decode = distances_decoder(points, strides)
    found = losses(logits, codes, np.zeros(logits.shape[:2]), points, objects, matched, decode)
    close(found.losses["class"], arrays["loss_class"], 1e-5, 1e-8)
    close(found.losses["box"], arrays["loss_box"], 1e-5, 1e-8)
    close_gradient(found.gradients["class_logits"], arrays["grad_cls_logits"])
    close_gradient(found.gradients["codes"], arrays["grad_box_sides"])


def test_centreness_by_hand() -> None:
    """2 of 8 across and 3 of 12 down: √(¼ · ¼)."""
    assert centreness((2, 3), (0, 0, 10, 15)) == pytest.approx(0.25)
    assert centreness((5, 7.5), (0, 0, 10, 15)) == 1


@pytest.mark.parametrize(("radius", "wanted"), [(1.5, {1}), (1.6, {0, 1, 2}), (None, {0, 1, 2, 3})])
def test_a_row_of_points_by_hand(radius: float | None, wanted: set[int]) -> None:
    """The centre is at x = 12, the points at 6, 10, 18 and 22; 1.5 strides are 6, and it takes less."""
    points = np.array([[x, 10.0] for x in (6, 10, 18, 22)])
    box = Targets([[1.0, 1, 23, 19]], [0], [0], 1)
    matched = assign(points, np.full(4, 4.0), box, Rules(radius))[0]
    assert set(np.flatnonzero(matched == 0).tolist()) == wanted


def test_slopes_of_the_box_loss_are_the_limits_of_differences() -> None:
    points, strides, box = np.array([[10.0, 14.0]]), np.array([4.0]), [3.0, 2.5, 30.0, 21.25]
    code = [1.3, 2.2, 4.1, 0.7]
    decode = distances_decoder(points, strides)
    value, slopes = box_loss(code, 0, box, decode)
    assert value == pytest.approx(1 - value_of(giou(ltrb_decode(code, (10.0, 14.0), 4.0), box, "exact")))
    close(slopes, difference_quotients(lambda inputs: 1 - giou(decode(inputs, 0), box, "exact"), code, 1e-6), 0, 1e-8)
