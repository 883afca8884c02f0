"""Numbers that carry their slopes, so that a formula is written once and gives its gradient too."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray


class Number:
    """A value, and how much it changes per unit of each of the chosen inputs."""

    __slots__ = ("slopes", "value")

    def __init__(self, value: float, slopes: NDArray[np.float64]) -> None:
        self.value = value
        self.slopes = slopes

    def __add__(self, other: "Scalar") -> "Number":
        if isinstance(other, Number):
            return Number(self.value + other.value, self.slopes + other.slopes)
        return Number(self.value + other, self.slopes)

    __radd__ = __add__

    def __neg__(self) -> "Number":
        return Number(-self.value, -self.slopes)

    def __sub__(self, other: "Scalar") -> "Number":
        return self + (-other)

    def __rsub__(self, other: float) -> "Number":
        return -self + other

    def __mul__(self, other: "Scalar") -> "Number":
        if isinstance(other, Number):
            return Number(self.value * other.value, self.slopes * other.value + other.slopes * self.value)
        return Number(self.value * other, self.slopes * other)

    __rmul__ = __mul__

    def __truediv__(self, other: "Scalar") -> "Number":
        if isinstance(other, Number):
            quotient = self.value / other.value
            return Number(quotient, (self.slopes - quotient * other.slopes) / other.value)
        return Number(self.value / other, self.slopes / other)

    def __rtruediv__(self, other: float) -> "Number":
        quotient = other / self.value
        return Number(quotient, -quotient * self.slopes / self.value)


Scalar = float | Number


def value_of(number: Scalar) -> float:
    """Gives the value alone: a constant, through which no gradient flows."""
    return number.value if isinstance(number, Number) else number


def _apply(number: Scalar, value: float, slope: float) -> Scalar:
    return Number(value, slope * number.slopes) if isinstance(number, Number) else value


def exponential(number: Scalar) -> Scalar:
    """Gives e to the power of the number."""
    value = math.exp(value_of(number))
    return _apply(number, value, value)


def logarithm(number: Scalar) -> Scalar:
    """Gives the natural logarithm."""
    return _apply(number, math.log(value_of(number)), 1 / value_of(number))


def arc_tangent(number: Scalar) -> Scalar:
    """Gives the angle whose tangent the number is."""
    return _apply(number, math.atan(value_of(number)), 1 / (1 + value_of(number) ** 2))


def power(number: Scalar, exponent: float) -> Scalar:
    """Gives the number, at least 0, to a constant power."""
    value = value_of(number)
    slope = exponent * value ** (exponent - 1) if value > 0 else 0.0
    return _apply(number, value**exponent, slope)


def sigmoid(number: Scalar) -> Scalar:
    """Gives 1 / (1 + e^−x), computed so that no exponential overflows."""
    value = logistic(value_of(number))
    return _apply(number, value, value * (1 - value))


def logistic(x: float) -> float:
    """Gives the sigmoid of a plain number."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def absolute(number: Scalar) -> Scalar:
    """Gives the magnitude; its slope at 0 is 0."""
    value = value_of(number)
    return _apply(number, abs(value), math.copysign(1.0, value) if value else 0.0)


def larger(one: Scalar, other: Scalar) -> Scalar:
    """Gives the larger of two; where they are equal, each counts half in the slope."""
    if value_of(one) == value_of(other):
        return 0.5 * (one + other)
    return one if value_of(one) > value_of(other) else other


def smaller(one: Scalar, other: Scalar) -> Scalar:
    """Gives the smaller of two; where they are equal, each counts half in the slope."""
    return -larger(-one, -other)


def positive_part(number: Scalar) -> Scalar:
    """Gives the number, or 0 if it is less; at 0 the slope is 0."""
    return number if value_of(number) > 0 else 0.0


def limited(number: Scalar, least: float, most: float) -> Scalar:
    """Gives the number within two limits; outside, the slope is 0."""
    if value_of(number) < least:
        return least
    return most if value_of(number) > most else number


def gradient_of(formula: Callable[[list[Number]], Scalar], at: Sequence[float]) -> tuple[float, list[float]]:
    """Gives the value of a formula, and its slope along each of its inputs.

    Args:
        formula: Takes as many numbers as `at` has.
        at: Where the formula is evaluated.
    """
    directions = np.eye(len(at))
    result = formula([Number(float(value), direction) for value, direction in zip(at, directions, strict=True)])
    if isinstance(result, Number):
        return result.value, [float(slope) for slope in result.slopes]
    return result, [0.0] * len(at)


def difference_quotients(formula: Callable[[list[float]], Scalar], at: Sequence[float], step: float) -> list[float]:
    """Gives the slopes by central differences, to check `gradient_of` and written-out slopes against.

    Args:
        formula: Takes as many numbers as `at` has.
        at: Where the formula is evaluated.
        step: How far to go in both directions.
    """
    slopes = []
    for place in range(len(at)):
        above, below = list(at), list(at)
        above[place] += step
        below[place] -= step
        slopes.append((value_of(formula(above)) - value_of(formula(below))) / (2 * step))
    return slopes
