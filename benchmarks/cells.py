"""How a table is printed."""

MEGABYTE = 1 << 20


def row(*cells: str) -> str:
    return " ".join(f"{cell:>9}" for cell in cells)


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.1f}"


def megabytes(count: int) -> str:
    return f"{count / MEGABYTE:.0f}"
