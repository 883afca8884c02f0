from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from boxwright.kernels import one_graph as subject
from boxwright.kernels.choice import VARIABLE
from boxwright.kernels.one_graph import one_graph

ONES = torch.ones(3)


def double(values: Tensor) -> Tensor:
    return values * 2


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Callable[..., object]]:
    """Stands in for the compiler, and tells what it was given."""
    given: list[Callable[..., object]] = []

    def graph(function: Callable[..., object], backend: str) -> Callable[..., object]:
        given.append(function)
        return function

    monkeypatch.setattr(subject, "_graph", graph)
    return given


@pytest.mark.parametrize("wish", ["auto", "reference", "sparse"])
def test_runs_as_it_is_unless_the_variable_says_otherwise(
    wish: str, compiled: list[Callable[..., object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, wish)
    assert one_graph(double)(ONES).tolist() == [2, 2, 2]
    assert compiled == []


def test_runs_as_a_graph_where_that_is_wished(
    compiled: list[Callable[..., object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "compiled")
    assert one_graph(double)(ONES).tolist() == [2, 2, 2]
    assert compiled == [double]


def test_runs_as_it_is_where_no_graph_can_be_made_and_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "compiled")
    monkeypatch.setattr(subject, "_failed", set())

    def no_compiler(function: object, backend: str) -> Callable[..., object]:
        raise RuntimeError("No C++ compiler found.\nAnd much more.")

    monkeypatch.setattr(subject, "_graph", no_compiler)
    doubled = one_graph(double)
    with pytest.warns(
        UserWarning, match=r"^double could not be compiled .*\(RuntimeError: No C\+\+ compiler found\.\)"
    ):
        assert doubled(ONES).tolist() == [2, 2, 2]
    assert doubled(ONES).tolist() == [2, 2, 2]  # a second warning would be an error


def test_a_fault_of_the_function_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "compiled")
    monkeypatch.setattr(subject, "_failed", set())
    monkeypatch.setattr(subject, "_graph", lambda function, backend: function)
    with pytest.warns(UserWarning, match="lambda"), pytest.raises(RuntimeError, match="shape"):
        one_graph(lambda values: values.view(7))(ONES)
