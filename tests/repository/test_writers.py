"""Every file is written by the few functions that never write over somebody else's."""

import ast
from pathlib import Path

ALLOWED = {
    "writing/atomic_file.py": {"replace", "link"},
    "writing/second_name.py": {"link"},  # to a new temporary name
    "writing/own_mark.py": {"open ab"},  # the end of a film that this run has just written
    "writing/whole_folder.py": {"rename"},  # into an empty folder
    "writing/figure_file.py": {"savefig"},  # into memory
    "cli/streams.py": {"open"},  # the null device
    "run_files/object_files.py": {"open ab", "open wb", "replace"},  # a log in the directory of the run
    "prediction/video_writer.py": {"open w"},  # a part that gets its name when it is whole
    "training/checkpoint_io.py": {"save"},
    "training/tuning/search_folder.py": {"open"},  # the folder itself, to keep a second process out
    "training/device_memory.py": {"write_text"},  # a switch of Linux, no file
    "data/loading/machine_memory.py": {"open"},  # memory of another process
    "data/formats/voc/writer.py": {"save"},  # into memory
    "data/image_placing.py": {"symlink"},  # fails where something is there
}
OF_MODULES = {
    "os": {"replace", "rename", "link", "symlink", "truncate", "open"},
    "shutil": {"copy", "copy2", "copyfile", "copytree", "move"},
    "cv2": {"imwrite", "VideoWriter"},
    "torch": {"save"},
    "np": {"save", "savez", "savetxt"},
}
OF_VALUES = {"write_text", "write_bytes", "savefig", "imwrite", "tofile", "hardlink_to", "symlink_to", "touch"}
OF_PICTURES = {"picture", "image", "strip"}  # as pictures of Pillow are called here


def writing_calls(source: str) -> set[str]:
    """Finds the calls that can put something in the place of a file."""
    return {name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) if (name := _writes(node))}


def _writes(call: ast.Call) -> str | None:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    owner = function.value.id if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) else ""
    if name == "open" and owner != "os":
        modes = [
            each.value for each in ast.walk(call) if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        writing = [mode for mode in modes if mode and set(mode) <= set("rwab+t") and set(mode) & set("wa+")]
        return f"open {writing[0]}" if writing else None
    if name == "replace" and len(call.args) == 1 and not call.keywords:  # of a path; a text needs two
        return name
    is_writer = name in OF_MODULES.get(owner, ()) or name in OF_VALUES or (name == "save" and owner in OF_PICTURES)
    return name if is_writer else None


def test_the_search_finds_writers() -> None:
    program = "open(p, 'w'); p.open('ab'); p.write_text(t); os.replace(a, b); torch.save(x, p); open(p); p.open('xb')"
    assert writing_calls(program) == {"open w", "open ab", "write_text", "replace", "save"}


def test_files_are_written_in_one_way(sources: list[Path], root: Path) -> None:
    faults = []
    for source in sources:
        relative = source.relative_to(root / "src/boxwright").as_posix()
        if found := writing_calls(source.read_text()) - ALLOWED.get(relative, set()):
            faults.append(f"{relative} writes by {', '.join(sorted(found))}.")
    cure = "Write through atomic_file, write_figure or write_picture: they never replace what is not the run's."
    assert not faults, "\n".join([*faults, cure])
