import torch

from boxwright.kernels.aligned_pairs import Pairs, quality, widen_small_sides


def pairs(*alignments: float) -> Pairs:
    prior = torch.arange(len(alignments))
    return Pairs(torch.zeros_like(prior), prior, prior, torch.tensor(alignments), torch.tensor(alignments))


def test_take_and_join_move_every_column() -> None:
    joined = pairs(0.1, 0.2).take(torch.tensor([1])).join(pairs(0.3))
    assert joined.prior.tolist() == [1, 0]
    assert joined.overlap.tolist() == torch.tensor([0.2, 0.3]).tolist()


def test_the_best_pair_of_a_target_has_its_largest_overlap() -> None:
    some = pairs(0.2, 0.4)._replace(overlap=torch.tensor([0.9, 0.7]))
    torch.testing.assert_close(quality(some, some, 1, epsilon=0.0), torch.tensor([0.45, 0.9]))


def test_widen_small_sides_takes_each_side_on_its_own() -> None:
    boxes = torch.tensor([[10.0, 10.0, 14.0, 50.0], [10.0, 10.0, 26.0, 26.0], [5.0, 5.0, 5.0, 5.0]])
    widened = widen_small_sides(boxes, 16, 16)
    assert widened.tolist() == [[4.0, 10.0, 20.0, 50.0], [10.0, 10.0, 26.0, 26.0], [-3.0, -3.0, 13.0, 13.0]]
