"""A criterion is read where it is put together: nothing that decides its number stands in a default elsewhere."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "src" / "boxwright" / "criterion"
SYSTEMS = ("yolov5", "yolov8", "retinanet", "fcos", "ssd")
STATED = {
    "Criterion": {"assigner", "decode", "terms", "sampler", "times_batch_size", "reaches"},
    "BoxRegressionTerm": {"loss", "reducer", "gain"},
    "CentrenessTerm": {"loss", "reducer", "gain"},
    "ClassificationTerm": {"loss", "reducer", "gain"},
    "CodeRegressionTerm": {"loss", "reducer", "gain"},
    "DistributionTerm": {"loss", "reducer", "gain"},
    "MaskTerm": {"loss", "reducer", "gain", "is_weighted"},
    "ObjectnessTerm": {"loss", "balance", "overlap", "duplicates", "gain", "gain_canvas"},
    "PairClassificationTerm": {"loss", "reducer", "gain", "label_smoothing"},
    "SoftmaxClassificationTerm": {"loss", "reducer", "gain"},
}


def calls(path: Path) -> Iterator[tuple[str, set[str | None]]]:
    """Gives the parts that a file builds, and which of their fields it names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in STATED:
            yield node.func.id, {keyword.arg for keyword in node.keywords}


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_assembly_states_what_its_losses_are(system: str) -> None:
    built = list(calls(FOLDER / f"{system}.py"))
    assert "Criterion" in {name for name, _ in built}
    for name, named in built:
        assert named >= STATED[name], f"{system}: {name} hides {sorted(STATED[name] - named)} in defaults"


def test_every_term_is_looked_at() -> None:
    terms = {
        node.name
        for path in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Term") and "Protocol" not in ast.unparse(node)[:200]
    }
    assert terms == {name for name in STATED if name.endswith("Term")}
