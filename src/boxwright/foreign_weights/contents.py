"""Finding the weights, and what is said of them, in what somebody else's training has saved."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from boxwright.bounded_text import listed
from boxwright.errors import DataError
from boxwright.foreign_weights.configuration import names_in
from boxwright.foreign_weights.own_numbers import require_own_numbers
from boxwright.foreign_weights.shells import Shell

# Where trainings keep weights, the best place first: averaged weights are what they measure.
PLACES = ("ema", "model_ema", "state_dict", "model_state_dict", "model", "net", "network", "weights")
AVERAGED = re.compile(r"(?:^|_)(?:ema|averaged?|shadow)(?:_|$)", re.IGNORECASE)  # such as state_dict_ema
OF_OPTIMIZER = re.compile("optim", re.IGNORECASE)  # has tensors by name too
PREFIX = "module."  # of networks that were trained on several devices, or averaged
WRAPPERS = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")  # of parts that were compiled or divided
COUNTED = ("total_ops", "total_params", "n_averaged")  # what a profiler and an average leave in a network
MOST_MODULES = 50_000
MOST_TENSORS = 20_000
DEEPEST_MODULE = 100  # modules in modules
LONGEST_NAME = 500
LONGEST_LICENCE = 100_000  # letters; some files state the text of it
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
    found = _holder(content, 0, set())
    if found is None:
        keys = (listed(content, 10) or "nothing") if isinstance(content, Mapping) else type(content).__name__
        raise DataError(f"it holds no weights: neither a state dictionary nor a network; found {keys}.")
    raw = _counted(_tensors_of_network(found) if isinstance(found, Shell) else found.items())
    require_own_numbers(raw)
    return ForeignWeights(_cleaned(raw), _names(content, found), _settings(content), _licence(content))


def _holder(content: Any, depth: int, seen: set[int]) -> Shell | dict[str, Tensor] | None:
    if isinstance(content, Shell):
        inner = next((part for part in map(content.get, ("ema", "module")) if isinstance(part, Shell)), None)
        return inner or (content if _is_network(content) else None)
    if not isinstance(content, Mapping) or depth > _DEEPEST or id(content) in seen:
        return None
    if _is_state(content):
        return {name: value for name, value in content.items() if isinstance(value, Tensor)}
    seen.add(id(content))  # a dictionary may be in itself
    known, others = _places(content)
    held = (_holder(content[place], depth + 1, seen) for place in known)
    found = next((each for each in held if each is not None), None)
    if found is not None:
        return found
    unknown = {place: _holder(content[place], depth + 1, seen) for place in others}
    places = [place for place, each in unknown.items() if each is not None]
    if len(places) > 1:
        raise DataError(f"it holds weights in several places: {', '.join(places[:10])}. Save alone what you mean.")
    return unknown[places[0]] if places else None


def _is_state(content: Mapping[Any, Any]) -> bool:
    """Tells whether there are tensors by name, and beside them at most plain values such as the epoch."""
    values = content.values()
    return (
        any(isinstance(value, Tensor) for value in values)
        and all(value is None or isinstance(value, (Tensor, bool, int, float, str)) for value in values)
        and all(isinstance(key, str) for key in content)
    )


def _places(content: Mapping[Any, Any]) -> tuple[list[str], list[str]]:
    """Gives the names of where weights may be: those that trainings use, the best first, and the others."""
    names = [key for key, value in content.items() if isinstance(key, str) and isinstance(value, (Mapping, Shell))]
    averaged = [name for name in names if AVERAGED.search(name) and not OF_OPTIMIZER.search(name)]
    known = list(dict.fromkeys([*averaged, *(place for place in PLACES if place in names)]))
    return known, [name for name in names if name not in known and not OF_OPTIMIZER.search(name)]


def _is_network(shell: Shell) -> bool:
    return isinstance(shell.get("_modules"), dict) and isinstance(shell.get("_parameters"), dict)


def _counted(tensors: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for name, value in tensors:
        if len(name) > LONGEST_NAME:
            raise DataError(
                f"a tensor in it has a name of {len(name):,} letters ({name[:100]}…). Do not trust the file."
            )
        if len(found) >= MOST_TENSORS:
            raise DataError(f"the network in it has tensors without end ({name[:100]}…). Do not trust the file.")
        if name in found:
            raise DataError(f"the network in it has two tensors {name}. Do not trust the file.")
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
        fleeting = module.get("_non_persistent_buffers_set")
        fleeting = fleeting if isinstance(fleeting, set) else ()
        for kind in ("_parameters", "_buffers"):
            for name, value in _named_parts(module, kind, prefix):
                if isinstance(value, Tensor) and name not in fleeting:
                    yield f"{prefix}{name}", value
        waiting += [
            (f"{prefix}{name[: LONGEST_NAME + 1]}.", part, depth + 1)
            for name, part in _named_parts(module, "_modules", prefix)
            if isinstance(part, Shell)
        ][::-1]


def _named_parts(module: Shell, kind: str, prefix: str) -> Iterable[tuple[str, Any]]:
    """Gives what a module holds of a kind, by name."""
    held = module.get(kind)
    if held is None:
        return ()
    if not isinstance(held, dict) or not all(isinstance(name, str) for name in held):
        place = f"the part {prefix[:100].rstrip('.')} of the network" if prefix else "the network"
        raise DataError(f"{kind} of {place} in it are none: they are no dictionary of names. Do not trust the file.")
    return held.items()


def _cleaned(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    kept = _counted(
        (".".join(part for part in name.split(".") if part not in WRAPPERS), value.detach())
        for name, value in tensors.items()
        if name.rpartition(".")[2] not in COUNTED
    )
    while kept and all(name.startswith(PREFIX) for name in kept):
        kept = {name.removeprefix(PREFIX): value for name, value in kept.items()}
    return {name: _single(name, value) if value.is_floating_point() else value for name, value in kept.items()}


def _single(name: str, value: Tensor) -> Tensor:
    try:
        return value.float()
    except RuntimeError as error:
        raise DataError(
            f"{name} has numbers of {value.dtype}, which are packed. Ask its maker for weights of 16 or 32 bits."
        ) from error


def _names(content: Any, holder: Any) -> tuple[str, ...] | None:
    for place in _places_of_words(content, holder):
        for key in ("names", "CLASSES", "classes"):
            value = place.get(key)
            if isinstance(value, Mapping):
                value = _in_order(value)
            if isinstance(value, (list, tuple)) and value and all(isinstance(name, str) for name in value):
                _require_short(max(value, key=len), "the name of a category")
                return tuple(value)
    return names_in(_settings(content))


def _in_order(names: Mapping[Any, Any]) -> list[Any]:
    """Lists names by the numbers they stand for, or that stand for them; the first may be any, none may be missing."""
    by_name = all(isinstance(value, int) for value in names.values())
    pairs = [(str(number), name) for name, number in names.items()] if by_name else list(names.items())
    found = {int(str(number)): name for number, name in pairs if str(number).isdecimal() and len(str(number)) < 10}
    is_whole = len(found) == len(names) and max(found, default=0) - min(found, default=0) < len(found)
    return [found[number] for number in sorted(found)] if is_whole else []


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
    licence = next((value for value in found if isinstance(value, str) and value.strip()), "")
    _require_short(licence, "the licence", LONGEST_LICENCE)
    return licence


def _require_short(text: str, what: str, most: int = LONGEST_NAME) -> None:
    if len(text) > most:
        raise DataError(f"{what} in it has {len(text):,} letters ({text[:100]}…). Do not trust the file.")
