import torch

from boxwright.structures import Assignment


def test_empty_has_no_pair_and_the_right_types() -> None:
    empty = Assignment.empty()
    assert len(empty) == 0
    assert empty.image.dtype == empty.prior.dtype == empty.target.dtype == torch.int64
    assert empty.quality.dtype == torch.float32
    assert empty.ignored is None


def test_length_is_the_number_of_pairs() -> None:
    index = torch.arange(3)
    assert len(Assignment(index, index, index, torch.ones(3))) == 3


def test_moving_takes_every_tensor_along() -> None:
    index = torch.arange(3)
    for ignored in (None, torch.ones(3, 5, dtype=torch.bool)):
        moved = Assignment(index, index, index, torch.ones(3), ignored).to("meta")
        columns = [moved.image, moved.prior, moved.target, moved.quality, *([] if ignored is None else [moved.ignored])]
        assert {column.device.type for column in columns if column is not None} == {"meta"}
        assert (moved.ignored is None) == (ignored is None)


def test_a_clone_made_outside_inference_serves_a_backward_pass() -> None:
    index = torch.arange(3)
    for ignored in (None, torch.ones(3, 5, dtype=torch.bool)):
        with torch.inference_mode():
            made = Assignment(index + 1, index + 1, index + 1, torch.ones(3), ignored)
        copy = made.clone()
        columns = [copy.image, copy.prior, copy.target, copy.quality, *([] if copy.ignored is None else [copy.ignored])]
        assert not any(column.is_inference() for column in columns)
        assert torch.equal(copy.image, index + 1)
        assert (copy.ignored is None) == (ignored is None)
        weight = torch.ones(3, requires_grad=True)
        (weight * copy.quality).sum().backward()
