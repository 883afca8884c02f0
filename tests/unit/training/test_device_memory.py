"""The memory of the device that trains."""

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.training import device_memory as subject
from boxwright.training.device_memory import CudaMemory, HostMemory, has_enough_for, memory_of

MIB = 2**20


def test_a_cpu_takes_what_steps_hold_at_their_peak() -> None:
    memory = HostMemory()
    assert memory.free > 100 * MIB

    def steps() -> None:
        held = torch.ones(64 * MIB // 4)
        del held
        torch.ones(16 * MIB // 4)

    small = memory.used_by(lambda: torch.ones(32 * MIB // 4))
    large = memory.used_by(steps)
    assert small is not None
    assert large is not None
    assert 30 * MIB < small < 50 * MIB
    assert 60 * MIB < large < 90 * MIB


def test_what_was_freed_in_between_is_no_hiding_place() -> None:
    held = torch.ones(200 * MIB // 4)
    memory = HostMemory()
    del held
    used = memory.used_by(lambda: torch.ones(64 * MIB // 4))
    assert used is not None
    assert 60 * MIB < used < 90 * MIB


def test_what_a_gpu_freed_in_between_is_no_hiding_place_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a GPU that is only imitated: 200 MiB are reserved at first, 50 when the steps begin, 90 at their peak."""
    reserved = [200 * MIB, 50 * MIB]
    monkeypatch.setattr(subject, "_release", lambda _: None)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (1000 * MIB, 1000 * MIB))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: reserved.pop(0))
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda _: None)
    monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda _: 90 * MIB)
    assert CudaMemory(torch.device("cuda")).used_by(lambda: None) == 40 * MIB


def test_what_the_allocator_kept_is_no_hiding_place() -> None:
    """Small blocks stay with the process when they are freed; steps that take them again take memory all the same."""

    def steps() -> list[torch.Tensor]:
        return [torch.ones(MIB // 16) for _ in range(400)]

    for _ in range(2):
        steps()
    used = HostMemory().used_by(steps)
    assert used is not None
    assert 90 * MIB < used < 130 * MIB


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_memory_that_is_used_up_is_no_error(error: Exception) -> None:
    def steps() -> None:
        raise error

    assert not has_enough_for(steps)
    assert HostMemory().used_by(steps) is None


def test_more_than_there_is() -> None:
    assert HostMemory().used_by(lambda: torch.ones(2**50)) is None


def test_other_errors_come_out() -> None:
    def steps() -> None:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        has_enough_for(steps)


def test_a_system_that_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "available_memory", lambda: None)
    with pytest.raises(ConfigError, match="auto cannot tell here how much memory a step takes"):
        memory_of(torch.device("cpu"))


def test_a_device_that_does_not_say() -> None:
    with pytest.raises(ConfigError, match="the device here is mps"):
        memory_of(torch.device("mps"))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_takes_what_steps_hold_at_their_peak() -> None:
    memory = memory_of(torch.device("cuda", 0))
    used = memory.used_by(lambda: torch.ones(64 * MIB // 4, device="cuda"))
    assert used is not None
    assert 60 * MIB < used < 90 * MIB
    assert memory.used_by(lambda: torch.ones(2**46, device="cuda")) is None
