import torch

from boxwright.geometry.eager import eager

SEEN: list[bool] = []


@eager
def count_positive(values: torch.Tensor, *, times: int = 1) -> int:
    """Depends on values."""
    SEEN.append(torch.compiler.is_dynamo_compiling())
    return times * len((values > 0).nonzero())


def test_is_the_function_itself_outside_a_compiler() -> None:
    assert count_positive(torch.tensor([1.0, -1.0]), times=3) == 3
    assert count_positive.__doc__ == "Depends on values."


def test_is_left_alone_inside_one() -> None:
    SEEN.clear()
    step = torch.compile(lambda values: count_positive(values * 2) + 1, backend="eager")
    assert [step(torch.ones(length)) for length in (2, 3, 5)] == [3, 4, 6]
    assert SEEN == [False] * 3
