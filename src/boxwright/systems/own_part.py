"""Parts of the user's, named by module and class."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, invalidate_caches
from inspect import Parameter, isclass, signature
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from torch import nn

from boxwright.bounded_text import listed
from boxwright.errors import ConfigError, unknown_name
from boxwright.settings.parts.choice import Choice

_CALLED_WITH = {
    "assigner": ("priors", "targets", "proposals"),
    "sampler": ("assignment", "prior_values"),
    "reducer": ("values", "assignment", "priors"),
    "class_loss": ("logits", "labels"),
    "box_loss": ("boxes", "target_boxes"),
}


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Stands where a model was trained with a part of somebody's own, which its file only names.

    Args:
        role: For instance "assigner".
        name: Module and class.
    """

    role: str
    name: str

    def __call__(self, *values: object, **named: object) -> NoReturn:
        """Refuses to be used.

        Raises:
            ConfigError: Always.
        """
        raise ConfigError(
            f"The model was trained with {self.role} {self.name}, which is somebody's own, and a model file runs no "
            f"code. To train or assign with it, name it: --parts.{self.role} {self.name}."
        )


def own_part(choice: Choice) -> Any:
    """Imports and builds a part of the user's; modules in the present folder are found too.

    Args:
        choice: Module and class, and its options.

    Raises:
        ConfigError: There is no such module or class, it takes no such option, or it cannot be called as its role is.
    """
    where = f"parts.{choice.role} {choice.name}"
    place, _, name = choice.name.rpartition(".")
    module = _module(place, where)
    kind = _attribute(module, name, where)
    if kind is None:
        raise unknown_name(f"class of {place}", name, [each for each in vars(module) if not each.startswith("_")])
    if not isclass(kind):
        raise ConfigError(f"{where} is a {type(kind).__name__}, not a class. Name a class that gives the part.")
    part = _made(kind, choice, where)
    _require_no_weights(part, where)
    wanted = _CALLED_WITH[choice.role]
    called = part.of_pixels if choice.role == "box_loss" and hasattr(part, "of_pixels") else part
    wanted = (*wanted, "canvas_size") if called is not part else wanted
    if not callable(called) or not _takes(called, wanted):
        raise ConfigError(
            f"{where} cannot be called with ({', '.join(wanted)}), as every {choice.role.replace('_', ' ')} is. Give "
            f"it __call__(self, {', '.join(wanted)})."
        )
    return part


def _module(place: str, where: str) -> ModuleType:
    try:
        with _present_folder():
            return import_module(place)
    except ModuleNotFoundError as error:
        if error.name is not None and (place == error.name or place.startswith(f"{error.name}.")):
            raise ConfigError(
                f"{where}: there is no module {error.name}, neither in the present folder ({Path.cwd()}) nor "
                "installed. Run from the folder that it lies in."
            ) from error
        raise ConfigError(f"{where}: the module cannot be imported ({error}). Correct it.") from error
    except (Exception, SystemExit) as error:  # a script that ends when it is imported
        raise ConfigError(
            f"{where}: the module cannot be imported ({type(error).__name__}: {error}). Correct it."
        ) from error


def _attribute(module: ModuleType, name: str, where: str) -> Any:
    try:
        return getattr(module, name, None)
    except Exception as error:  # a module may look its names up by a function of its own
        raise ConfigError(
            f"{where}: the module does not give {name} ({type(error).__name__}: {error}). Correct it."
        ) from error


def _require_no_weights(part: Any, where: str) -> None:
    """Refuses a part that is to be learned itself: an optimiser sees the weights of the network alone."""
    if not isinstance(part, nn.Module):
        return
    learned = [name for name, value in part.named_parameters() if value.requires_grad]
    if learned:
        raise ConfigError(
            f"{where} has weights that are to be learned ({listed(learned)}), and a training learns those of the "
            "network alone. Make them options, or take their gradients away: requires_grad_(False)."
        )


def _made(kind: type, choice: Choice, where: str) -> Any:
    try:
        known = signature(kind).parameters
    except (TypeError, ValueError):  # classes that are written in C seldom say what they take
        known = None
    takes_all = known is None or any(each.kind is Parameter.VAR_KEYWORD for each in known.values())
    for option in choice.options:
        if known is not None and option not in known and not takes_all:
            raise unknown_name(f"option of {choice.name}", option, known)
    try:
        return kind(**choice.options)
    except ConfigError:
        raise
    except (Exception, SystemExit) as error:
        raise ConfigError(f"{where} cannot be built ({type(error).__name__}: {error}). Correct its options.") from error


def _takes(part: Any, names: tuple[str, ...]) -> bool:
    try:
        signature(part).bind(*names)
    except (TypeError, ValueError):
        return False
    return True


@contextmanager
def _present_folder() -> Iterator[None]:
    """Lets modules of the present folder be imported; what is installed comes first."""
    folder = str(Path.cwd())
    invalidate_caches()  # a file may have been written a moment ago
    if folder in sys.path:
        yield
        return
    sys.path.append(folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
