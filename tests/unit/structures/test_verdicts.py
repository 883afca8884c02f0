import pytest
import torch

from boxwright.structures import Reason, Verdicts


def some() -> Verdicts:
    index = torch.tensor([0, 1, 2])
    reason = torch.tensor([Reason.POSITIVE, Reason.LOST, Reason.POSITIVE], dtype=torch.uint8)
    numbers = torch.tensor([0.5, torch.nan, 1.0])
    return Verdicts(torch.zeros_like(index), index, torch.tensor([0, 0, 4]), reason, numbers, numbers, numbers)


def test_every_reason_has_words_of_its_own() -> None:
    texts = [reason.text for reason in Reason]
    assert len(set(texts)) == len(texts)
    assert Reason.BELOW_TOP_K.text == "below top-k"
    assert Reason.DROPPED.text == "dropped by the sampler"


def test_reasons_fit_into_a_byte_and_keep_their_numbers() -> None:
    assert [int(reason) for reason in Reason] == list(range(len(Reason)))
    assert Reason.POSITIVE == 0


@pytest.mark.parametrize(("target", "priors"), [(0, [0, 1]), (4, [2]), (7, [])])
def test_of_target(target: int, priors: list[int]) -> None:
    assert some().of_target(target).prior.tolist() == priors


def test_because() -> None:
    assert some().because(Reason.POSITIVE).prior.tolist() == [0, 2]
    assert len(some().because(Reason.DROPPED)) == 0


def test_moves_every_column() -> None:
    moved = some().to("meta")
    assert {getattr(moved, name).device.type for name in Verdicts.__slots__} == {"meta"}


def test_empty_has_no_rows() -> None:
    assert len(Verdicts.empty()) == 0
    assert Verdicts.empty().reason.dtype == torch.uint8
