"""Whatever a file of weights holds, every command that reads it ends with an error, soon, and in little memory."""

import json
import re
from pathlib import Path

import pytest
from tests.end_to_end import reading_weights
from tests.loaded_python import LoadedPython
from tests.unit.foreign_weights.hostile_contents import CONTENTS
from tests.unit.foreign_weights.hostile_files import CARDS, FILES

from boxwright.cli.main import CRASH

SECONDS = 60  # of the processor
MEBIBYTES = 768
"""What one command may take beyond the libraries, however large the claims of a file are; the largest here has 300."""


def _data(folder: Path) -> Path:
    from PIL import Image

    for number, split in enumerate(("train", "val")):
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True)
        Image.new("RGB", (64, 64), "white").save(folder / "images" / split / f"{number}.png")
        (folder / "labels" / split / f"{number}.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [square]\n")
    return folder


@pytest.mark.slow
def test_every_command_refuses_every_hostile_file(tmp_path: Path, loaded_python: LoadedPython) -> None:
    files, work, canary = tmp_path / "files", tmp_path / "work", tmp_path / "canary"
    files.mkdir()
    work.mkdir()
    known = FILES | CONTENTS
    writers = {name: write for name, (_, write) in known.items()} | {f"card, {name}": CARDS[name] for name in CARDS}
    for name, write in writers.items():
        write(files / f"{name}.pt", canary)
    data, report = _data(tmp_path / "data"), tmp_path / "report.json"
    words = [str(files), str(data), str(data / "images/val/1.png"), str(report), str(MEBIBYTES)]
    script = str(Path(reading_weights.__file__))
    done = loaded_python.run(script, *words, folder=work)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(report.read_text())
    assert set(found) == {f"{name}.pt" for name in writers}
    assert not canary.exists()
    faults = []
    for file, results in found.items():
        said = known.get(file.removesuffix(".pt"), (None, None))[0]
        for command, result in results.items():
            is_refused = said is None or (
                result["code"] in (1, 2)
                and re.search(said, result["said"])
                and "memory is used up" not in result["said"]
            )
            is_fault = result["code"] == CRASH or "Traceback" in result["said"]
            if is_fault or not is_refused or result["seconds"] > SECONDS or result["mebibytes"] > MEBIBYTES:
                faults.append((file, command, {**result, "said": result["said"][:300]}))
    assert not faults, "\n".join(map(str, faults))
