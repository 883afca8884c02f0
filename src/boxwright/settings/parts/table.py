"""The parts as a text that lists them."""

from collections.abc import Iterator

from boxwright.settings.parts.catalog import PARTS
from boxwright.settings.parts.part import FAMILIES, Part, Value, family_of

OWN = (
    "A part of your own is named by module and class: --parts.assigner my_module.MyAssigner. The page Parts of the "
    "documentation shows how to write one."
)


def parts_table(system: str | None = None, role: str | None = None) -> str:
    """Lists the parts: name, what it is, whose, its options, and where it does not fit, with the reason.

    Args:
        system: Only say whether they fit this one; all families if left out.
        role: Only these.
    """
    families = FAMILIES if system is None else (family_of(system),)
    lines: list[str] = []
    for kind, parts in PARTS.items():
        if role in (None, kind):
            lines += [f"--parts.{kind}", *(line for part in parts.values() for line in _lines(kind, part, families))]
            lines.append("")
    return "\n".join([*lines, OWN])


def _lines(role: str, part: Part, families: tuple[str, ...]) -> Iterator[str]:
    yield f"  {part.name:<16}{part.about}. {part.source}."
    for option in part.options:
        yield f"    --parts.{role}.{option.name} {_typed(option.default)}: {option.about}; {option.wanted}"
    fitting = [family for family in families if family not in part.unfit]
    if len(families) > 1:
        yield f"    fits {', '.join(fitting)}"
    reasons: dict[str, list[str]] = {}
    for family in families:
        if family in part.unfit:
            reasons.setdefault(part.unfit[family], []).append(family)
    for reason, which in reasons.items():
        yield f"    not {', '.join(which)}: {reason}"


def _typed(value: Value) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)
