"""Names of strangers as cells of a table, which a spreadsheet must not take for formulas."""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


def table_cell(text: str) -> str:
    """Puts an apostrophe before what a spreadsheet would work out, such as `=cmd()`; other text stays as it is.

    Args:
        text: Name of a class or file.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def cell_text(cell: str) -> str:
    """Gives the text that a cell was made of.

    Args:
        cell: From `table_cell`.
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
