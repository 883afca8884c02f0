"""What becomes of objects without a mask where every object needs one."""

import logging
from dataclasses import replace

from boxwright.data.faults import Fault, FaultList
from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.reading_limits import MaskDemand
from boxwright.errors import counted

_log = logging.getLogger(__name__)


def report_lack(table: AnnotationTable, faults: FaultList, demand: MaskDemand) -> None:
    """Says in one sentence that no object of a part has a mask, in place of a fault for each of them.

    Args:
        table: Of the part.
        faults: Of the part.
        demand: What becomes of masks.
    """
    count = int((~table.ignore).sum())
    is_said = any(fault.code == "outline-form-wrong" for fault in faults.faults)
    if demand != "required" or is_said or not count or int(table.lacks_mask().sum()) < count:
        return
    whole = f"no object of {count:,} has a mask{' that can be used' if _has_faulty(faults) else ''}"
    faults.faults[:] = [
        Fault("masks-absent", faults.source, None, whole),
        *(fault for fault in faults.faults if fault.code != "mask-missing"),
    ]


def ignoring_lack(table: AnnotationTable, source: str) -> AnnotationTable:
    """Makes objects without a mask ignored regions, since they are no background, and says how many.

    Args:
        table: Of a part whose faults are left out.
        source: What to call the part.
    """
    lacks = table.lacks_mask()
    if not lacks.any():
        return table
    objects = counted(
        int(lacks.sum()), "object without a mask is an ignored region", "objects without a mask are ignored regions"
    )
    _log.warning("%s: %s now, neither learned nor background.", source, objects)
    return replace(table, ignore=table.ignore | lacks)


def _has_faulty(faults: FaultList) -> bool:
    return any(
        fault.severity == "error" and fault.code.startswith(("mask-", "polygon-", "rle-"))
        for fault in faults.faults
        if fault.code != "mask-missing"
    )
