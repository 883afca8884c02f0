"""Imports point downward only, and the mathematics is cheap to import."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

MATHEMATICS = (
    "errors",
    "geometry",
    "structures",
    "kernels",
    "prior_generators",
    "assigners",
    "samplers",
    "coders",
    "losses",
    "reducers",
    "criterion",
    "models",
    "postprocessing",
)
ALLOWED = {"boxwright", "torch", "torchvision", "jaxtyping"}
# A value may turn itself into what another library expects, a backbone and the solver of an assigner may be another
# library's; the import waits until somebody asks for it.
LAZY = {
    ("assigners/hungarian.py", "scipy"),
    ("structures/detections.py", "numpy"),
    ("structures/detections.py", "supervision"),
    ("models/backbones/timm_features.py", "timm"),
    ("models/pretrained.py", "timm"),
}


def _imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


def _imported_when_loaded(source: Path) -> set[str]:
    """What a file imports outside its functions."""
    tree = ast.parse(source.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = []
    return _imported(tree)


def _is_mathematics(relative: Path) -> bool:
    return relative.with_suffix("").parts[0] in MATHEMATICS


def test_contracts_are_kept(root: Path) -> None:
    command = [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_mathematics_imports_torch_alone(sources: list[Path], root: Path) -> None:
    faults = []
    for source in sources:
        relative = source.relative_to(root / "src/boxwright")
        if not _is_mathematics(relative):
            continue
        foreign = _imported(ast.parse(source.read_text())) - ALLOWED - sys.stdlib_module_names
        lazy = {name for file, name in LAZY if file == relative.as_posix()}
        if foreign - lazy:
            faults.append(f"{relative} imports {sorted(foreign - lazy)}; the mathematics imports torch alone.")
        if loaded := _imported_when_loaded(source) & lazy:
            faults.append(f"{relative} imports {sorted(loaded)} when it is loaded; move the import into the function.")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", ["cv2", "lightning", "matplotlib", "numpy", "supervision"])
def test_the_rule_can_fail(name: str, tmp_path: Path) -> None:
    """The reader sees an import at the top, inside a function, and of a submodule."""
    source = tmp_path / "a.py"
    source.write_text(f"import {name}.sub\n")
    assert _imported_when_loaded(source) == {name}
    source.write_text(f"def f():\n    from {name} import sub\n")
    assert _imported_when_loaded(source) == set()
    assert _imported(ast.parse(source.read_text())) == {name}


def test_mathematics_loads_nothing_but_torch_and_inspection_no_training_and_no_supervision(root: Path) -> None:
    """In one process, since torch takes seconds to load."""
    package = root / "src/boxwright"
    present = [name for name in MATHEMATICS if (package / f"{name}.py").exists() or (package / name).is_dir()]
    program = "\n".join(
        [
            "import sys, torch, torchvision, jaxtyping",
            "before = set(sys.modules)",
            *(f"import boxwright.{name}" for name in present),
            "new = {name.split('.')[0] for name in set(sys.modules) - before}",
            f"foreign = new - set(sys.stdlib_module_names) - {ALLOWED}",
            "foreign and sys.exit(f'the mathematics also loads: {sorted(foreign)}')",
            "import boxwright.inspection",
            "parts = ('lightning', 'pytorch_lightning', 'supervision')",  # the last one takes half a second to load
            "found = [name for name in sys.modules if name.partition('.')[0].startswith(parts)]",
            "found += [name for name in sys.modules if name.startswith('boxwright.training')]",
            "sys.exit(f'inspection also loads: {found}' if found else 0)",
        ]
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
