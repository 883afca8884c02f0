"""Keeping parts of a network as they are."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from torch import nn

from boxwright.errors import ConfigError


def freeze(model: nn.Module, prefixes: Sequence[str]) -> int:
    """Turns off the gradients of every parameter below the prefixes.

    Args:
        model: The network.
        prefixes: Dotted paths such as `backbone` or `backbone.stages.0`; a path matches whole parts only.

    Returns:
        How many parameters were frozen.

    Raises:
        ConfigError: A prefix matches nothing, or nothing is left to train.
    """
    frozen = 0
    for prefix in prefixes:
        matches = [value for name, value in model.named_parameters() if _is_below(name, prefix)]
        if not matches:
            raise _unknown_prefix(prefix, (name for name, _ in model.named_parameters()))
        for parameter in matches:
            frozen += int(parameter.requires_grad)
            parameter.requires_grad_(False)
    if prefixes and not any(value.requires_grad for value in model.parameters()):
        raise ConfigError(
            f"freeze: {', '.join(prefixes)} is the whole network, so nothing is left to train. Freeze less."
        )
    return frozen


def hold_frozen_norms(model: nn.Module) -> None:
    """Puts modules whose parameters are all frozen in evaluation mode, so that their statistics stay too.

    Args:
        model: The network, after `train()`.
    """
    for module in model.modules():
        own = list(module.parameters(recurse=False))
        if own and not any(parameter.requires_grad for parameter in own):
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
