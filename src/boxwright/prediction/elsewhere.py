"""Answers to hands that know another trainer: what they ask for, and what it is called here."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from boxwright.errors import ConfigError

_OF_BOXES = {
    "xyxy": "result.boxes itself: left, top, right, bottom in pixels",
    "xywh": "torchvision.ops.box_convert(result.boxes, 'xyxy', 'cxcywh')",
    "xyxyn": "result.boxes, divided by width and height of result.origin.size",
    "xywhn": "torchvision.ops.box_convert(result.boxes, 'xyxy', 'cxcywh'), divided by width and height",
    "conf": "result.scores; for every object: zip(result.boxes, result.scores, result.labels)",
    "cls": "result.labels; for every object: zip(result.boxes, result.scores, result.labels)",
    "id": "result.ids",
    "is_track": "result.ids is not None",
    "orig_shape": "result.origin.size",
}


class Boxes(Tensor):
    """Boxes that are a tensor, xyxy in pixels, and answer what their columns are called in another trainer."""

    def __getattr__(self, name: str) -> Any:
        """Answers names of another trainer with those of boxwright."""
        raise lacking("Boxes are a tensor and have", name, _OF_BOXES)


def lacking(who: str, name: str, answers: Mapping[str, str]) -> AttributeError:
    """Builds the error for a name that is not there.

    Args:
        who: And that it has, for instance "A Model has".
        name: That was asked for.
        answers: What is to be written for names of another trainer.
    """
    hint = f" Here it is {answers[name]}." if name in answers else ""
    return AttributeError(f"{who} no {name!r}.{hint}")


def refuse(what: str, given: Mapping[str, Any], answers: Mapping[str, str]) -> None:
    """Refuses parameters that a function has not, all at once.

    Args:
        what: The function, for instance "plot".
        given: By name.
        answers: What is to be written for parameters of another trainer.

    Raises:
        ConfigError: There is one.
    """
    if given:
        lines = [f"{what} has no {name!r}. {answers.get(name, 'Leave it out')}." for name in given]
        raise ConfigError("\n".join(lines))
