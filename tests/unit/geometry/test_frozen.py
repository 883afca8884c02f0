import torch

from boxwright.assigners import MaxIouAssigner
from boxwright.geometry.frozen import exact_device, frozen
from boxwright.prior_generators import PointGrid


def test_lists_become_tuples_at_every_depth() -> None:
    assert frozen([[1, (2, [3])], 4]) == ((1, (2, (3,))), 4)
    assert frozen(0.5) == 0.5
    assert frozen("name") == "name"


def test_parts_take_lists_as_files_give_them() -> None:
    assert MaxIouAssigner(negative=[0.05, 0.4]) == MaxIouAssigner(negative=(0.05, 0.4))
    assert hash(PointGrid([8, 16])) == hash(PointGrid((8, 16)))
    assert PointGrid([8, 16])((32, 32)) is PointGrid((8, 16))((32, 32))


def test_the_host_has_no_number() -> None:
    assert exact_device("cpu") == torch.device("cpu")
    assert exact_device("meta") == torch.device("meta")
    assert exact_device(torch.device("cuda", 1)) == torch.device("cuda:1")
