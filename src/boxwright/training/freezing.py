"""Keeping parts of a network as they are."""

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches

from torch import nn

from boxwright.errors import ConfigError


def freeze(model: nn.Module, prefixes: Sequence[str], *, only_at_first: bool = False) -> int:
    """Turns off the gradients of every parameter below the prefixes.

    Args:
        model: The network.
        prefixes: Dotted paths such as `backbone` or `backbone.stages.0`; a path matches whole parts only.
        only_at_first: Whether the gradients stay, since `held_parameters` are held for some epochs only.

    Returns:
        How many parameters were frozen.

    Raises:
        ConfigError: A prefix matches nothing, or nothing is left to train.
    """
    frozen = 0
    if only_at_first:
        return len(held_parameters(model, prefixes))
    for parameter in held_parameters(model, prefixes):
        frozen += int(parameter.requires_grad)
        parameter.requires_grad_(False)
    if prefixes and not any(value.requires_grad for value in model.parameters()):
        raise ConfigError(
            f"freeze: {', '.join(prefixes)} is the whole network, so nothing is left to train. Freeze less."
        )
    return frozen


def held_parameters(model: nn.Module, prefixes: Sequence[str]) -> list[nn.Parameter]:
    """Lists the parameters below the prefixes.

    Args:
        model: The network.
        prefixes: As in `freeze`.

    Raises:
        ConfigError: A prefix matches nothing.
    """
    found: list[nn.Parameter] = []
    for prefix in prefixes:
        below = [value for name, value in model.named_parameters() if _is_below(name, prefix)]
        if not below:
            raise _unknown_prefix(prefix, (name for name, _ in model.named_parameters()))
        found += below
    return found


def hold_frozen_norms(model: nn.Module, held: Collection[nn.Parameter] = ()) -> None:
    """Puts modules whose parameters are all frozen in evaluation mode, so that their statistics stay too.

    Args:
        model: The network, after `train()`.
        held: Parameters that are held as if they were frozen.
    """
    still = {id(parameter) for parameter in held}
    for module in model.modules():
        own = list(module.parameters(recurse=False))
        if own and not any(parameter.requires_grad and id(parameter) not in still for parameter in own):
            module.eval()


def _is_below(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix.rstrip(".") + ".")


def _unknown_prefix(prefix: str, names: Iterable[str]) -> ConfigError:
    paths: set[str] = set()
    for name in names:
        parts = name.split(".")
        paths.update(".".join(parts[:length]) for length in range(1, len(parts) + 1))
    near = get_close_matches(prefix, sorted(paths), n=1, cutoff=0.3)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    top = ", ".join(sorted(path for path in paths if "." not in path))
    return ConfigError(f"freeze: no parameter lies below {prefix!r}. {hint}The network begins with: {top}.")
