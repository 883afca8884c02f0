import pytest
import torch

from boxwright.errors import ShapeError
from boxwright.structures.requirement import asserts_by_itself, check_labels, require_equal


def test_what_holds_is_silent_and_the_fault_is_not_even_written() -> None:
    require_equal(torch.arange(4), torch.arange(4), lambda: pytest.fail("nothing is wrong"), "never")


def test_on_the_host_the_fault_is_told() -> None:
    with pytest.raises(ShapeError, match="three of four"):
        require_equal(torch.arange(4), torch.tensor([0, 1, 2, 4]), lambda: "three of four", "never")


def test_a_gpu_checks_by_itself() -> None:
    """The meta device has no values; a wait for one would raise."""
    assert not asserts_by_itself("cpu")
    assert asserts_by_itself("cuda")
    assert not asserts_by_itself("unknown")


def test_without_the_host_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boxwright.structures.requirement.asserts_by_itself", lambda device_type: True)
    with pytest.raises(RuntimeError, match="no class for"):
        check_labels(torch.tensor([3]), 3)
    check_labels(torch.tensor([2]), 3)


@pytest.mark.parametrize("label", [3, 1000, -1])
def test_labels_without_a_class_are_told_with_the_cure(label: int) -> None:
    with pytest.raises(ShapeError, match=rf"label {label}, the network has 3 classes \(0 to 2\)\. Set num_classes"):
        check_labels(torch.tensor([0, 2, label]), 3)


def test_no_labels_are_fine() -> None:
    check_labels(torch.zeros(0, dtype=torch.int64), 3)
