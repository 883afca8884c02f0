"""Finding the weights, and what is said of them, in what somebody else's training has saved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from boxwright.errors import DataError
from boxwright.foreign_weights.own_numbers import require_own_numbers
from boxwright.foreign_weights.shells import Shell

# Where trainings keep weights, the best place first: averaged weights are what they measure.
PLACES = ("ema", "model_ema", "state_dict", "model_state_dict", "model", "net", "network", "weights")
PREFIXES = ("module.", "_orig_mod.")  # of networks that were trained on several devices, or compiled
COUNTED = ("total_ops", "total_params")  # what a profiler leaves in a network
MOST_MODULES = 50_000
MOST_TENSORS = 20_000
DEEPEST_MODULE = 100  # modules in modules
LONGEST_NAME = 500
_DEEPEST = 3  # places in places


@dataclass(frozen=True, slots=True)
class ForeignWeights:
    """Weights of somebody else.

    Args:
        tensors: By the names of their program; numbers in float32.
        names: Of the categories by label, if they are said.
        settings: Text of the configuration of the training, or nothing.
        licence: As stated in the file, or nothing.
    """

    tensors: dict[str, Tensor]
    names: tuple[str, ...] | None = None
    settings: str = ""
    licence: str = ""


def weights_in(content: Any) -> ForeignWeights:
    """Finds the weights in what `read_foreign` has read; averaged ones go before others.

    Args:
        content: A state dictionary, a network, or a dictionary that holds one beside other things.

    Raises:
        DataError: There are none.
    """
    found = _holder(content, 0)
    if found is None:
        keys = (
            ", ".join(str(key) for key in list(content)[:10])
            if isinstance(content, Mapping)
            else type(content).__name__
        )
        raise DataError(f"it holds no weights: neither a state dictionary nor a network; found {keys}.")
    raw = _counted(_tensors_of_network(found)) if isinstance(found, Shell) else found
    require_own_numbers(raw)
    return ForeignWeights(_cleaned(raw), _names(content, found), _settings(content), _licence(content))


def _holder(content: Any, depth: int) -> Shell | dict[str, Tensor] | None:
    if isinstance(content, Shell):
        inner = content.get("ema") or content.get("module")
        return inner if isinstance(inner, Shell) else content if _is_network(content) else None
    if not isinstance(content, Mapping) or depth > _DEEPEST:
        return None
    if content and all(isinstance(key, str) and isinstance(value, Tensor) for key, value in content.items()):
        return dict(content)
    held = (_holder(content[place], depth + 1) for place in PLACES if content.get(place) is not None)
    return next((each for each in held if each is not None), None)


def _is_network(shell: Shell) -> bool:
    return isinstance(shell.get("_modules"), dict) and isinstance(shell.get("_parameters"), dict)


def _counted(tensors: Iterator[tuple[str, Tensor]]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for name, value in tensors:
        if len(found) >= MOST_TENSORS or len(name) > LONGEST_NAME:
            raise DataError(f"the network in it has tensors without end ({name[:100]}…). Do not trust the file.")
        found[name] = value
    return found


def _tensors_of_network(network: Shell) -> Iterator[tuple[str, Tensor]]:
    """Gives parameters and kept buffers as a state dictionary names them."""
    waiting: list[tuple[str, Shell, int]] = [("", network, 0)]
    count = 0
    while waiting:
        prefix, module, depth = waiting.pop()
        count += 1
        if count > MOST_MODULES or depth > DEEPEST_MODULE or len(prefix) > LONGEST_NAME:
            raise DataError(f"the network in it has no end ({prefix[:100]}…). Do not trust the file.")
        fleeting = module.get("_non_persistent_buffers_set") or ()
        for kind in ("_parameters", "_buffers"):
            for name, value in (module.get(kind) or {}).items():
                if isinstance(value, Tensor) and name not in fleeting:
                    yield f"{prefix}{name}", value
        inner = (module.get("_modules") or {}).items()
        waiting += [
            (f"{prefix}{str(name)[: LONGEST_NAME + 1]}.", part, depth + 1)
            for name, part in inner
            if isinstance(part, Shell)
        ][::-1]


def _cleaned(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    kept = {name: value.detach() for name, value in tensors.items() if name.rpartition(".")[2] not in COUNTED}
    for prefix in PREFIXES * 2:
        if kept and all(name.startswith(prefix) for name in kept):
            kept = {name.removeprefix(prefix): value for name, value in kept.items()}
    return {name: value.float() if value.is_floating_point() else value for name, value in kept.items()}


def _names(content: Any, holder: Any) -> tuple[str, ...] | None:
    for place in _places_of_words(content, holder):
        for key in ("names", "CLASSES", "classes"):
            value = place.get(key)
            if isinstance(value, Mapping):
                value = [value.get(label, value.get(str(label))) for label in range(len(value))]
            if isinstance(value, (list, tuple)) and value and all(isinstance(name, str) for name in value):
                return tuple(value)
    return None


def _places_of_words(content: Any, holder: Any) -> list[Any]:
    places: list[Any] = [holder] if isinstance(holder, Shell) else []
    if isinstance(content, Mapping):
        meta = content.get("meta")
        of_data = meta.get("dataset_meta") if isinstance(meta, Mapping) else None
        places += [place for place in (content, meta, of_data) if isinstance(place, Mapping)]
        model = content.get("model")
        places += [model] if isinstance(model, Shell) else []
    return places


def _settings(content: Any) -> str:
    places = _places_of_words(content, None)
    found = (place.get(key) for place in places for key in ("cfg", "config"))
    return next((value for value in found if isinstance(value, str)), "")


def _licence(content: Any) -> str:
    found = (place.get(key) for place in _places_of_words(content, None) for key in ("license", "licence"))
    return next((value for value in found if isinstance(value, str) and value.strip()), "")
