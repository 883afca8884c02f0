from collections import Counter
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from boxwright.kernels import choice
from boxwright.kernels import one_graph as subject
from boxwright.kernels.choice import VARIABLE
from boxwright.kernels.one_graph import one_graph

CPU, GPU = torch.device("cpu"), torch.device("cuda")
ONES = torch.ones(3)
NO_COMPILER = (
    r"^double could not be compiled; .*\(RuntimeError: No C\+\+ compiler found\.\).*BOXWRIGHT_KERNELS=reference"
)


def double(values: Tensor) -> Tensor:
    return values * 2


def triple(values: Tensor) -> Tensor:
    return values * 3


def no_compiler(function: object, backend: str) -> Callable[..., object]:
    raise RuntimeError("No C++ compiler found.\nAnd much more.")


def not_at_work(function: object, backend: str) -> Callable[..., object]:
    """Fails where the graph is called first, which is when torch compiles."""
    return lambda values: no_compiler(function, backend)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Callable[..., object]]:
    """Stands in for the compiler, and tells what it was given."""
    given: list[Callable[..., object]] = []

    def graph(function: Callable[..., object], backend: str) -> Callable[..., object]:
        given.append(function)
        return function

    monkeypatch.setattr(subject, "_graph", graph)
    return given


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(subject, "_failures", [])
    monkeypatch.setattr(subject, "_calls", Counter())
    monkeypatch.setattr(choice, "has_triton", lambda: True)
    monkeypatch.setattr(choice, "GRAPHS_AFTER", 2)


@pytest.mark.parametrize("wish", ["auto", "reference", "sparse"])
def test_runs_as_it_is_on_a_cpu_unless_the_variable_says_otherwise(
    wish: str, compiled: list[Callable[..., object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, wish)
    assert one_graph(double, CPU, 3) is double
    assert compiled == []


def test_runs_as_a_graph_at_once_where_that_is_wished(
    compiled: list[Callable[..., object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "compiled")
    assert one_graph(double, CPU, 3)(ONES).tolist() == [2, 2, 2]
    assert compiled == [double]


def test_runs_as_a_graph_on_a_gpu_from_the_call_on_that_it_pays(compiled: list[Callable[..., object]]) -> None:
    for _ in range(3):
        assert compiled == []
        assert one_graph(double, GPU, 3)(ONES).tolist() == [2, 2, 2]
    assert compiled == [double]
    assert one_graph(triple, GPU, 3) is triple  # counted by itself


@pytest.mark.parametrize("rows", [(0,), (1,), (5, 1)])
def test_runs_as_it_is_for_so_few_rows_that_they_would_have_a_graph_of_their_own(
    rows: tuple[int, ...], compiled: list[Callable[..., object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "compiled")
    assert one_graph(double, CPU, *rows) is double


@pytest.mark.parametrize("compiler", [no_compiler, not_at_work])
def test_where_no_graph_can_be_made_all_run_as_they_are_and_one_warning_says_why(
    compiler: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "GRAPHS_AFTER", 0)
    monkeypatch.setattr(subject, "_graph", compiler)
    with pytest.warns(UserWarning, match=NO_COMPILER):
        assert one_graph(double, GPU, 3)(ONES).tolist() == [2, 2, 2]
    assert one_graph(double, GPU, 3) is double
    assert one_graph(triple, GPU, 3) is triple


def test_a_fault_of_the_function_is_raised_and_blames_no_compiler(
    compiled: list[Callable[..., object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "compiled")
    with pytest.raises(RuntimeError, match="shape"):  # a warning would be an error
        one_graph(lambda values: values.view(7), CPU, 3)(ONES)
    assert one_graph(double, CPU, 3)(ONES).tolist() == [2, 2, 2]
    assert compiled[-1] is double
