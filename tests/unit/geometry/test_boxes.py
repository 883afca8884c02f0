import torch

from boxwright.geometry.boxes import box_area, clip_boxes, cxcywh_to_xyxy, outward, xyxy_to_cxcywh

XYXY = torch.tensor([[2.0, 4.0, 10.0, 5.0], [-3.0, 0.0, -1.0, 8.0]])
CXCYWH = torch.tensor([[6.0, 4.5, 8.0, 1.0], [-2.0, 4.0, 2.0, 8.0]])


def test_formats_worked_by_hand() -> None:
    assert torch.equal(xyxy_to_cxcywh(XYXY), CXCYWH)
    assert torch.equal(cxcywh_to_xyxy(CXCYWH), XYXY)


def test_formats_keep_leading_axes_and_take_nothing() -> None:
    stacked = XYXY.expand(3, 2, 4)
    assert torch.equal(xyxy_to_cxcywh(stacked), CXCYWH.expand(3, 2, 4))
    assert cxcywh_to_xyxy(torch.zeros(0, 4)).shape == (0, 4)


def test_sides_that_point_outwards_grow_with_the_box() -> None:
    assert outward(XYXY).tolist() == [[-2, -4, 10, 5], [3, 0, -1, 8]]
    larger = XYXY + torch.tensor([-1.0, -1.0, 1.0, 1.0])
    assert (outward(larger) > outward(XYXY)).all()


def test_clipping_moves_corners_onto_the_edge() -> None:
    boxes = torch.tensor([[-5.0, 2.0, 30.0, 40.0], [1.0, 1.0, 2.0, 2.0], [50.0, -9.0, 60.0, -1.0]])
    assert clip_boxes(boxes, (10, 20)).tolist() == [[0, 2, 20, 10], [1, 1, 2, 2], [20, 0, 20, 0]]


def test_area_worked_by_hand() -> None:
    boxes = torch.tensor([[0.0, 0.0, 4.0, 3.0], [5.0, 5.0, 5.0, 9.0], [4.0, 0.0, 0.0, 3.0], [4.0, 3.0, 0.0, 0.0]])
    assert box_area(boxes).tolist() == [12, 0, 0, 0]


def test_area_of_half_precision_boxes_does_not_overflow() -> None:
    """640 × 640 is more than float16 can hold."""
    for dtype in (torch.float16, torch.bfloat16):
        found = box_area(torch.tensor([[0, 0, 640, 640]], dtype=dtype))
        assert found.dtype == torch.float32
        assert found.tolist() == [640 * 640]
