"""The levels of a pyramid, as the option of a system names them."""

from boxwright.errors import ConfigError

FINER = "2-5"
"""Of a YOLO, with a level of stride 4 beneath the usual ones."""


def chosen_strides(system: str, levels: str, usual: str = "3-5", coarsest: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Gives the strides of the levels of a system; level l has the stride 2^l, and its number is that of C_l and P_l.

    Source: Lin et al., "Feature Pyramid Networks", 2017, section 3 (the numbers, and a level 2).

    Args:
        system: Its name, for errors.
        levels: The first and the last, for instance "2-5".
        usual: Those of the published system; the first may be one finer.
        coarsest: What may be the last level beside that of the published system.

    Raises:
        ConfigError: The system has no such levels.
    """
    first, last = (int(number) for number in usual.split("-"))
    possible = {f"{start}-{end}": (start, end) for end in (last, *coarsest) for start in (first, first - 1)}
    if levels not in possible:
        others = f"; {', '.join(list(possible)[2:])} end earlier" if coarsest else ""
        raise ConfigError(
            f"levels: {system} has {usual}, or {first - 1}-{last} with one of stride {2 ** (first - 1)} beneath"
            f"{others}; found {levels!r}."
        )
    start, end = possible[levels]
    return tuple(2**level for level in range(start, end + 1))
