"""One case of the suite: a file of arrays, and a JSON that says what they are."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Tolerance = Mapping[str, Mapping[str, float]]
"""Precision → how far a value may be off: "absolute", "relative" to the value, "of_largest" of the array."""

CASES = Path(__file__).parent / "cases"
EXACT: Tolerance = {}
"""Of whole numbers and flags."""


@dataclass(frozen=True)
class Case:
    """What a function is given, and what it should give back.

    Args:
        section: Part of the suite.
        name: Of the case, unique within the section.
        function: What an adapter has to offer.
        about: The definition, in words.
        source: Where the definition comes from.
        mistake: What a wrong implementation looks like here.
        inputs: Arrays by the name of the function's argument.
        parameters: Plain values by the name of the function's argument.
        expected: Arrays by name.
        tolerance: Of each expected array.
        ties: True where the definition leaves a choice; there any finite value passes.
    """

    section: str
    name: str
    function: str
    about: str
    source: str
    mistake: str
    inputs: Mapping[str, Array]
    parameters: Mapping[str, Any]
    expected: Mapping[str, Array]
    tolerance: Mapping[str, Tolerance]
    ties: Mapping[str, Array] = field(default_factory=dict)

    @property
    def precisions(self) -> set[str]:
        """In which precisions of the inputs the case can be asked."""
        named = [set(tolerance) for tolerance in self.tolerance.values() if tolerance]
        return set.intersection(*named) if named else {"float32", "float64"}


def write_case(case: Case, folder: Path = CASES) -> None:
    """Writes the two files of a case.

    Args:
        case: What is written.
        folder: Holds one folder per section.
    """
    place = folder / case.section
    place.mkdir(parents=True, exist_ok=True)
    arrays = {f"input.{name}": array for name, array in case.inputs.items()}
    arrays |= {f"expected.{name}": array for name, array in case.expected.items()}
    arrays |= {f"tie.{name}": array for name, array in case.ties.items()}
    words = {
        "section": case.section,
        "name": case.name,
        "function": case.function,
        "about": case.about,
        "source": case.source,
        "mistake": case.mistake,
        "inputs": sorted(case.inputs),
        "parameters": dict(case.parameters),
        "tolerance": {name: {key: dict(value) for key, value in kind.items()} for name, kind in case.tolerance.items()},
    }
    (place / f"{case.name}.json").write_text(json.dumps(words, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (place / f"{case.name}.npz").write_bytes(_archive(arrays))


def _archive(arrays: Mapping[str, Array]) -> bytes:
    """Packs arrays without compression and without a date, so that equal arrays are equal bytes everywhere."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            part = io.BytesIO()
            np.lib.format.write_array(part, np.asarray(arrays[name], order="C"), version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.create_system = 3
            archive.writestr(entry, part.getvalue())
    return whole.getvalue()


def read_case(path: Path) -> Case:
    """Reads a case from its JSON and the arrays beside it.

    Args:
        path: Of the JSON.
    """
    words = json.loads(path.read_text(encoding="utf-8"))
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    parts: dict[str, dict[str, Array]] = {"input": {}, "expected": {}, "tie": {}}
    for name, array in arrays.items():
        kind, _, own = name.partition(".")
        parts[kind][own] = array
    return Case(
        **{key: words[key] for key in ("section", "name", "function", "about", "source", "mistake")},
        inputs=parts["input"],
        parameters=words["parameters"],
        expected=parts["expected"],
        tolerance=words["tolerance"],
        ties=parts["tie"],
    )


def read_cases(section: str | None = None, folder: Path = CASES) -> list[Case]:
    """Reads all cases, or those of one section, in the order of their names.

    Args:
        section: Name of the section.
        folder: Holds one folder per section.
    """
    return [read_case(path) for path in sorted(folder.glob(f"{section or '*'}/*.json"))]
