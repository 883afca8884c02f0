"""Whoever takes a part names what the part must do, and not one class that does it."""

import ast
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("assigners", "samplers", "coders", "losses", "reducers", "criterion")
ASKS = {"__call__", "encode", "run"}
"""What parts are called by."""


def classes_of(source: Path) -> list[ast.ClassDef]:
    return [node for node in ast.parse(source.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]


def is_part(node: ast.ClassDef) -> bool:
    is_protocol = any(ast.unparse(base).startswith("Protocol") for base in node.bases)
    members = {member.name for member in node.body if isinstance(member, ast.FunctionDef)}
    members |= {target.id for member in node.body if isinstance(member, ast.Assign) for target in named(member)}
    return not is_protocol and not node.name.startswith("_") and bool(members & ASKS)


def named(statement: ast.Assign) -> list[ast.Name]:
    return [target for target in statement.targets if isinstance(target, ast.Name)]


def asked_for(tree: ast.AST) -> Iterator[ast.expr]:
    """Gives the annotations of fields and of arguments of what is public."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (field.annotation for field in node.body if isinstance(field, ast.AnnAssign))
        if isinstance(node, ast.FunctionDef) and not (node.name.startswith("_") and node.name != "__init__"):
            arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            yield from (argument.annotation for argument in arguments if argument.annotation is not None)


def test_no_field_or_argument_names_the_class_of_a_part(root: Path, sources: list[Path]) -> None:
    package = root / "src/boxwright"
    parts = {
        node.name
        for folder in FOLDERS
        for source in (package / folder).rglob("*.py")
        for node in classes_of(source)
        if is_part(node)
    }
    assert {"Criterion", "TaskAlignedAssigner", "BoxRegressionTerm", "ByQuality", "L1", "LevelBalance"} <= parts
    found = [
        f"{source.relative_to(package)}: {ast.unparse(annotation)}"
        for source in sources
        for annotation in asked_for(ast.parse(source.read_text(encoding="utf-8")))
        if {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)} & parts
    ]
    assert not found, f"{found} admit one class only. Name the Protocol of what is asked of the part."
