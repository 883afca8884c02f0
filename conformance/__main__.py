"""`python -m conformance --adapter FILE.py`: asks an implementation every case that it can answer."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.adapter import PRECISIONS, BadAdapterError, load_adapter
from conformance.case import CASES, read_cases
from conformance.report import failures_of, record_of, table_of
from conformance.run import FAILED, run_cases

PASS, FAILURES, BAD_ADAPTER = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the suite and prints what it found.

    Args:
        arguments: Of the command line.

    Returns:
        0: all that ran passed; 1: something failed; 2: the adapter cannot be used.
    """
    chosen = _parsed(arguments)
    cases = read_cases(chosen.section)
    try:
        adapter = load_adapter(chosen.adapter, (case.function for case in read_cases()))
        results = run_cases(adapter, cases, chosen.precision)
    except BadAdapterError as error:
        print(error, file=sys.stderr)
        return BAD_ADAPTER
    print(f"{adapter.name}\n\n{table_of(results)}")
    failures = failures_of(results)
    if failures:
        print(f"\n{failures}")
    if chosen.json:
        chosen.json.write_text(json.dumps(record_of(adapter, results), indent=1, ensure_ascii=False) + "\n", "utf-8")
    return FAILURES if any(result.outcome == FAILED for result in results) else PASS


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    sections = sorted(path.name for path in CASES.iterdir() if path.is_dir())
    parser = argparse.ArgumentParser(prog="python -m conformance", description=__doc__)
    parser.add_argument("--adapter", type=Path, required=True, metavar="FILE.py", help="functions of an implementation")
    parser.add_argument("--section", choices=sections, help="ask the cases of one section only")
    parser.add_argument("--precision", action="append", choices=PRECISIONS, help="in place of the adapter's PRECISIONS")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write everything that was found")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
