"""Median wall time and peak extra memory of a function."""

import statistics
import time
from collections.abc import Callable

import torch
from torch.profiler import ProfilerActivity, profile

FEWEST, LONGEST = 3, float("inf")


def median_seconds(
    function: Callable[[], object], *, device: torch.device, budget: float = 2.0, most: int = 101
) -> float:
    """Calls once to warm up, then until the budget of seconds or the most calls is reached (`FEWEST` at least)."""
    function()
    times: list[float] = []
    budget = min(budget, LONGEST)
    while len(times) < FEWEST or (sum(times) < budget and len(times) < most):
        _wait(device)
        start = time.perf_counter()
        function()
        _wait(device)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak_bytes(function: Callable[[], object], *, device: torch.device) -> int:
    """Gives the most bytes that tensors held at once during a call, beyond what was held before it."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        function()
        _wait(device)
        return torch.cuda.max_memory_allocated(device) - before
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        function()
    events = [event for event in recorded.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = peak = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
