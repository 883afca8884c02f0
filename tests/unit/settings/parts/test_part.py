import pytest

from boxwright.errors import ConfigError
from boxwright.settings.catalog import OPTIONS_OF_SYSTEMS
from boxwright.settings.parts.part import FAMILIES, Option, family_of


def test_every_system_has_a_family() -> None:
    assert {family_of(name) for name in OPTIONS_OF_SYSTEMS} == set(FAMILIES)
    with pytest.raises(ConfigError, match="Unknown family of systems"):
        family_of("fastnet")


@pytest.mark.parametrize(
    ("option", "value", "found"),
    [
        (Option("n", 3, "", least=1), 5, 5),
        (Option("x", 0.5, "", least=0), 2, 2.0),
        (Option("x", None, "", least=0), None, None),
        (Option("x", None, ""), 0.5, 0.5),
        (Option("is", False, ""), True, True),
        (Option("kind", "a", "", choices=("a", "b")), "b", "b"),
        (Option("kind", "on", "", choices=("off", "on")), "off", "off"),
        (Option("kind", "on", "", choices=("off", "on")), False, "off"),
        (Option("kind", "on", "", choices=("no", "yes")), True, "yes"),
    ],
)
def test_values_that_fit(option: Option, value: object, found: object) -> None:
    checked = option.checked(value, "x")
    assert (checked, type(checked)) == (found, type(found))


@pytest.mark.parametrize(
    ("option", "value", "wanted"),
    [
        (Option("n", 3, "", least=1), 0, "a whole number of at least 1; found 0"),
        (Option("n", 3, "", least=1, most=3), 4, "a whole number from 1 to 3; found 4"),
        (Option("n", 3, ""), 2.5, "a whole number; found 2.5"),
        (Option("n", 3, ""), True, "a whole number; found True"),
        (Option("n", 3, ""), None, "a whole number; found None"),
        (Option("n", None, "", least=0, is_whole=True), 1.5, "a whole number or null of at least 0; found 1.5"),
        (Option("x", 0.5, ""), "half", "a number; found 'half'"),
        (Option("x", 0.5, ""), float("nan"), "a number; found nan"),
        (Option("x", 0.5, "", least=0), 10**400, "a number of at least 0, and of at most 1,000,000,000; found 1000"),
        (Option("n", 3, "", least=1), 10**30, "a whole number of at least 1, and of at most 1,000,000,000; found 1000"),
        (Option("x", None, ""), float("inf"), "a number or null, and of at most 1,000,000,000; found inf"),
        (Option("x", 0.5, "", least=0, most=1), 10**400, "a number from 0 to 1; found 1000"),
        (Option("x", 0.5, ""), -float("inf"), "a number; found -inf"),
        (Option("is", False, ""), 1, "true or false; found 1"),
        (Option("kind", "a", "", choices=("a", "b")), "c", "one of a, b; found 'c'"),
        (Option("kind", "a", "", choices=("a", "b")), [], "one of a, b"),
    ],
)
def test_values_that_do_not(option: Option, value: object, wanted: str) -> None:
    with pytest.raises(ConfigError) as caught:
        option.checked(value, "parts.x.y")
    assert f"parts.x.y must be {wanted}" in str(caught.value)
