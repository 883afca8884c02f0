"""The columns of the rows, as Parquet files have them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow

ROW_SCHEMA = pyarrow.schema(
    {
        "path": pyarrow.string(),
        "error": pyarrow.string(),
        "height": pyarrow.int32(),
        "width": pyarrow.int32(),
        "boxes": pyarrow.list_(pyarrow.list_(pyarrow.float32())),
        "scores": pyarrow.list_(pyarrow.float32()),
        "labels": pyarrow.list_(pyarrow.int32()),
        "classes": pyarrow.list_(pyarrow.string()),
        "masks": pyarrow.list_(
            pyarrow.struct({"size": pyarrow.list_(pyarrow.int32()), "counts": pyarrow.string()}),
        ),
    }
)
_KEY = b"boxwright"


def table_of(rows: Iterable[Mapping[str, Any]]) -> pyarrow.Table:
    """Makes a table of rows.

    Args:
        rows: From a `RowPredictor`.
    """
    return pyarrow.Table.from_pylist(list(rows), schema=ROW_SCHEMA)


def with_origin(table: pyarrow.Table, origin: Mapping[str, Any]) -> pyarrow.Table:
    """Writes into the head of a table what its rows come from.

    Args:
        table: Of rows.
        origin: Model and settings, as values that JSON knows.
    """
    return table.replace_schema_metadata({_KEY: json.dumps(origin, sort_keys=True).encode()})


def origin_of(schema: pyarrow.Schema) -> dict[str, Any] | None:
    """Reads what the rows of a file come from; None if boxwright did not write it.

    Args:
        schema: Of the file.
    """
    kinds = {field.name: field.type for field in schema}
    if any(kinds.get(name) != ROW_SCHEMA.field(name).type for name in ("path", "error")):
        return None
    try:
        found = json.loads((schema.metadata or {}).get(_KEY, b""))
    except ValueError:
        return None
    is_ours = isinstance(found, dict) and isinstance(found.get("settings"), dict)
    return found if is_ours else None
