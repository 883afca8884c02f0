"""The levels of a pyramid, as the option of a system names them."""

from boxwright.errors import ConfigError

FINER = "2-5"
"""Of a YOLO, with a level of stride 4 beneath the usual ones."""


def chosen_strides(system: str, levels: str, usual: str = "3-5") -> tuple[int, ...]:
    """Gives the strides of the levels of a system; level l has the stride 2^l, and its number is that of C_l and P_l.

    Source: Lin et al., "Feature Pyramid Networks", 2017, section 3 (the numbers, and a level 2).

    Args:
        system: Its name, for errors.
        levels: The first and the last, for instance "2-5".
        usual: Those of the published system; one finer is the only other choice.

    Raises:
        ConfigError: The system has no such levels.
    """
    first, last = (int(number) for number in usual.split("-"))
    finer = f"{first - 1}-{last}"
    if levels not in (usual, finer):
        raise ConfigError(
            f"levels: {system} has {usual}, or {finer} with one of stride {2 ** (first - 1)} beneath; found {levels!r}."
        )
    start = first - 1 if levels == finer else first
    return tuple(2**level for level in range(start, last + 1))
