"""Whether the boxes of a whole part look as if they were written in another unit or order than their format says."""

from array import array
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

import numpy as np
from jaxtyping import Bool, Float64

from boxwright.data.faults import Fault, FaultList
from boxwright.data.formats.box_check import UnsoundError

Unit = Literal["fractions", "pixels", "percent"]
Order = Literal["xywh", "xyxy", "cxcywh", "yxhw", "yxyx"]

_UNITS: dict[Unit, str] = {
    "fractions": "fractions of the image",
    "pixels": "pixels",
    "percent": "percent of the image",
}
_ORDERS: dict[Order, str] = {
    "xyxy": "left, top, right, bottom",
    "xywh": "left, top, width, height",
    "cxcywh": "centre x, centre y, width, height",
    "yxhw": "top, left, height, width",
    "yxyx": "top, left, bottom, right",
}
_SLACK = 0.01  # of a side of the image; what drawing and rounding may pass the edge by
_DEEP = 0.1  # of a side of the box; what passes the edge by less may be drawn carelessly
_FEWEST, _SHARE = 2, 0.02  # boxes that do not fit, and their share, from which another reading is sought
_EXPLAINED = 20  # another reading has to leave that many times fewer boxes that do not fit
_NONSENSE = 0.1  # share of boxes that fit as they stand, up to which nearly all are nonsense
_MUCH = 0.2  # share of boxes that do not fit from which percent is sought: it is near to pixels in small images
_FEWEST_PERCENT, _LARGE = 8, 150  # boxes, and pixels of a side, from which percent of them can be told from pixels
_HUNDREDTH, _FILLED = (
    0.01005,
    0.008,
)  # of a side: where fractions lie that were taken for percent, and how far they reach
_MIXED = 0.1  # share of fractions among pixels that is worth a word
_FAR = 0.3  # share of boxes that do not fit from which the frame may be another one
_FEWEST_FAR = 5  # of them, since two boxes may lie outside for any reason
_LARGER = 1.1  # times the image, which another frame has at least
_NEARLY_ALL = 0.98


class BoxForm(NamedTuple):
    """What four numbers of a box mean.

    Args:
        unit: Of each number.
        order: Which number is what.
    """

    unit: Unit
    order: Order

    def __str__(self) -> str:
        return f"{_ORDERS[self.order]} in {_UNITS[self.unit]}"


_FORMS = tuple(BoxForm(unit, order) for unit in _UNITS for order in _ORDERS)


@dataclass
class WrittenBoxes:
    """The boxes of one part as they are written, before one of them is refused or clipped.

    Args:
        form: What the format says the numbers are.
        numbers: Four for each box.
        sizes: Height and width of its image, for each box.
        word: What they are, if they are those around something.
        orders: In which they may have been written.
    """

    form: BoxForm
    numbers: "array[float]" = field(default_factory=lambda: array("d"))
    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    word: str = "boxes"
    orders: tuple[Order, ...] = get_args(Order)

    def add(self, numbers: list[float] | tuple[float, ...], size: tuple[int, int]) -> None:
        """Takes a box.

        Args:
            numbers: Four, finite.
            size: Height and width of its image.
        """
        self.numbers.extend(numbers)
        self.sizes.extend(size)

    def report(self, faults: FaultList) -> None:
        """Puts what the boxes look like, if it is not what the format says, before all other faults.

        Args:
            faults: Of the part.
        """
        odd = self.oddity()
        if odd is not None:
            faults.faults.insert(0, Fault(odd.code, faults.source, None, odd.message))

    def oddity(self) -> UnsoundError | None:
        """Says what the boxes look like if that is not what the format says; None for boxes as they should be.

        Only the whole part is judged, so that a few bad boxes, or small ones in a corner, are no unit.
        """
        numbers = np.array(self.numbers, dtype=np.float64).reshape(-1, 4)
        sizes = np.array(self.sizes, dtype=np.float64).reshape(-1, 2)
        misfits = ~_fits(_corners(numbers, sizes, self.form), sizes, careless=_DEEP)
        if misfits.sum() < max(_FEWEST, _SHARE * len(numbers)):
            return self._percent(numbers, sizes) or self._hundredth(numbers, sizes)
        is_fraction = self.form.unit == "pixels" and numbers.max() <= 1
        if not is_fraction and (found := self._hundredth(numbers, sizes)):
            return found
        is_much = misfits.mean() >= _MUCH
        forms = [form for form in _FORMS if form.order in self.orders]
        others = [form for form in forms if form != self.form and (is_much or form.unit != "percent")]
        left = [int((~_fits(_corners(numbers, sizes, form), sizes)).sum()) for form in others]
        ranks = [
            (left[each], _percent_rank(numbers, sizes, form), *_distance(form, self.form))
            for each, form in enumerate(others)
        ]
        best = min(range(len(others)), key=ranks.__getitem__)
        share = 1 - misfits.mean()
        if left[best] * _EXPLAINED <= misfits.sum():
            return _odd(share, f"{self._found(share)}; {_shown(1 - left[best] / len(numbers))} would as {others[best]}")
        return self._mixed(numbers, misfits) or self._other_frame(numbers, sizes, misfits)

    def _found(self, share: float) -> str:
        return f"{_shown(share)} of the {len(self.numbers) // 4:,} {self.word} fit their images as {self.form}"

    def _percent(self, numbers: np.ndarray, sizes: np.ndarray) -> UnsoundError | None:
        """Finds percent that would all fit as pixels."""
        form = next((form for form in _FORMS if _fills_a_hundred(numbers, sizes, form)), None)
        if self.form.unit != "pixels" or form is None:
            return None
        return UnsoundError(
            "box-form",
            f"all {len(numbers):,} {self.word} lie within 100 pixels, and fill them; 100 % would fit as {form}",
        )

    def _hundredth(self, numbers: np.ndarray, sizes: np.ndarray) -> UnsoundError | None:
        """Finds fractions that were taken for percent before they came here as what the format says."""
        if not _fills_a_hundredth(_corners(numbers, sizes, self.form)):
            return None
        text = f"all {len(numbers):,} {self.word} lie in the first hundredth of their images, and fill it"
        return _odd(0.0, f"{text}: they look like fractions where percent are due")

    def _mixed(self, numbers: np.ndarray, misfits: np.ndarray) -> UnsoundError | None:
        is_fraction = misfits & (numbers >= 0).all(axis=1) & (numbers <= 1).all(axis=1)
        if self.form.unit == "fractions" or is_fraction.mean() < _MIXED:
            return None
        share = _shown(is_fraction.mean())
        return _odd(
            1 - misfits.mean(), f"{share} of the {len(numbers):,} {self.word} look like fractions, not {self.form}"
        )

    def _other_frame(self, numbers: np.ndarray, sizes: np.ndarray, misfits: np.ndarray) -> UnsoundError | None:
        """Finds boxes in pixels of larger images than those that are there."""
        corners = _corners(numbers, sizes, self.form)
        is_box = (corners[:, :2] >= -_SLACK).all(axis=1) & (corners[:, 2:] > corners[:, :2]).all(axis=1)
        if (
            self.form.unit != "pixels"
            or misfits.sum() < _FEWEST_FAR
            or misfits.mean() < _FAR
            or is_box.mean() < _NEARLY_ALL
        ):
            return None
        reach = np.quantile(corners[:, 2:], _NEARLY_ALL, axis=0, method="higher")
        if reach.max() < _LARGER:
            return None
        would = (corners[:, 2:] <= reach + _SLACK).all(axis=1).mean()
        share = 1 - misfits.mean()
        text = (
            f"{self._found(share)}; {_shown(would)} would fit images {reach[0]:.3g} × as wide and {reach[1]:.3g} × as "
            "high: they look like pixels of another size of the images"
        )
        return _odd(share, text)


def _odd(share: float, text: str) -> UnsoundError:
    return UnsoundError("box-form-wrong" if share <= _NONSENSE else "box-form", text)


def _shown(share: float) -> str:
    return f"{100 * float(share):.0f} %"


def _distance(form: BoxForm, stated: BoxForm) -> tuple[int, int]:
    """Ranks readings that fit equally well: the fewer changes, the likelier."""
    return (form.unit != stated.unit) + (form.order != stated.order), _FORMS.index(form)


def _percent_rank(numbers: np.ndarray, sizes: np.ndarray, form: BoxForm) -> int:
    """Ranks readings that fit equally well: percent come first if they look like it, else last."""
    return 0 if _fills_a_hundred(numbers, sizes, form) else 2 if form.unit == "percent" else 1


def _fills_a_hundred(numbers: np.ndarray, sizes: np.ndarray, form: BoxForm) -> bool:
    """Says whether boxes are all over a square of 100 × 100, whatever the image is, and never beyond it."""
    if form.unit != "percent" or len(numbers) < _FEWEST_PERCENT or sizes.min() < _LARGE:
        return False
    if numbers.max() > 100.5:  # no box of this part is in percent: that is nearly always all there is to see
        return False
    corners = 100 * _corners(numbers, sizes, form)
    reach = corners[:, 2:].max(axis=0)
    quarters = np.unique((corners[:, :2] + corners[:, 2:] > 100) @ np.array([1, 2]))
    is_broken = (numbers != np.round(numbers)).any(axis=1).mean() > 0.5
    is_box = (corners[:, 2:] > corners[:, :2]).all() and corners.min() >= -0.5
    return bool(is_box and is_broken and reach.min() >= 80 and reach.max() <= 100.5 and len(quarters) == 4)


def _fills_a_hundredth(corners: Float64[np.ndarray, "boxes 4"]) -> bool:
    """Says whether boxes are all over the first hundredth of each side, and never beyond it."""
    if len(corners) < _FEWEST_PERCENT or not 0 <= corners.min() <= corners.max() <= _HUNDREDTH:
        return False
    is_box = (corners[:, 2:] > corners[:, :2]).all()
    return bool(is_box and corners[:, 2:].max(axis=0).min() >= _FILLED)


def _corners(numbers: np.ndarray, sizes: np.ndarray, form: BoxForm) -> Float64[np.ndarray, "boxes 4"]:
    """Gives xyxy in fractions of the image."""
    if form.order.startswith("y"):
        numbers = numbers[:, [1, 0, 3, 2]]
    first, second = numbers[:, :2], numbers[:, 2:]
    if form.order == "cxcywh":
        first = first - second / 2
    last = second if form.order in ("xyxy", "yxyx") else first + second
    sides = {"pixels": sizes[:, ::-1], "fractions": np.ones((1, 2)), "percent": np.full((1, 2), 100.0)}[form.unit]
    corners: np.ndarray = np.concatenate((first / sides, last / sides), axis=1)
    return corners


def _fits(corners: np.ndarray, sizes: np.ndarray, *, careless: float = 0.0) -> Bool[np.ndarray, "boxes"]:
    """Says which boxes lie in their image and can be seen in it."""
    low, high = corners[:, :2], corners[:, 2:]
    slack = np.maximum(_SLACK, careless * (high - low))
    is_inside = ((low >= -slack) & (high <= 1 + slack) & (high > low)).all(axis=1)
    is_seen = ((high - low) * sizes[:, ::-1]).max(axis=1, initial=0) >= 1
    fits: np.ndarray = is_inside & is_seen
    return fits
