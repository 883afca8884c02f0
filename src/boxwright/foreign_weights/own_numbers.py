"""Whether tensors have the numbers that they claim: what shares them fills the memory once it is copied."""

from collections.abc import Mapping

from torch import Tensor

from boxwright.errors import DataError

MOST_TIMES = 4
"""How often the numbers of a file may be used, once they have 32 bits each."""

SPARE = 2**26
"""Bytes that may be used beyond that."""

_SINGLE = 4  # bytes of a number as it is used


def require_own_numbers(tensors: Mapping[str, Tensor]) -> None:
    """Raises if tensors would take much more memory than what they were read from.

    Args:
        tensors: By name.

    Raises:
        DataError: A tensor has no numbers although its sides have a length, is larger than its storage, or many tensors
            are the same.
    """
    held: dict[int, int] = {}
    needed = 0
    for name, tensor in tensors.items():
        if not tensor.numel() and any(tensor.shape):
            raise DataError(f"{name[:100]!r} of {tuple(tensor.shape)} has no numbers. Do not trust the file.")
        if tensor.is_meta:
            continue
        storage = tensor.untyped_storage()
        if tensor.numel() * tensor.element_size() > storage.nbytes():
            raise DataError(
                f"{name[:100]!r} of {tuple(tensor.shape)} claims more numbers than it has. Do not trust it."
            )
        held[storage.data_ptr()] = storage.nbytes()
        needed += tensor.numel() * max(tensor.element_size(), _SINGLE)
    if needed > MOST_TIMES * sum(held.values()) + SPARE:
        raise DataError(
            f"its {len(tensors):,} tensors take {needed:,} bytes, many times as large as what it has "
            f"({sum(held.values()):,}). Do not trust the file."
        )
