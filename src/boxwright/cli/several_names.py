"""Names that may be typed in one word, with commas."""

from collections.abc import Sequence


def several_names(value: str | Sequence[str]) -> list[str]:
    """Lists the names of a flag that may be repeated, and whose values may hold several: a,b.

    What has an equals sign and no colon belongs to the name before it: a:part=x,part.option=1,b are two.

    Args:
        value: One name or several.
    """
    names: list[str] = []
    for each in [value] if isinstance(value, str) else value:
        first = len(names)
        for name in filter(None, map(str.strip, each.split(","))):
            if "=" in name and ":" not in name and len(names) > first:
                names[-1] += f",{name}"
            else:
                names.append(name)
    return names
