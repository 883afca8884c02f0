"""Runs every command that reads weights on files, in one process whose memory is limited; writes what came of it.

Arguments: folder with the files, data set, picture, file to write, MiB that each may take.
"""

import io
import json
import os
import resource
import sys
import time
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

from boxwright.cli.main import main
from boxwright.systems import build_system, save_model


def _kibibytes(what: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(what)).split()[1])


def _commands(file: str, data: str, picture: str) -> dict[str, list[str]]:
    quick = ["--epochs", "1", "--batch_size", "1", "--canvas", "64", "--workers", "0", "--logger", "csv"]
    return {
        "import": ["import", file, "--output", "imported.safetensors"],
        "info": ["info", file],
        "train": ["train", "--data", data, "--weights", file, "--system", "yolov8n", *quick, "--output", "runs"],
        "predict": ["predict", "--model", file, "--source", picture, "--output", "found"],
        "evaluate": ["evaluate", "--model", file, "--data", data, "--workers", "0"],
    }


def _run(words: list[str]) -> dict[str, object]:
    said, started = io.StringIO(), time.process_time()
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the highest use is counted anew
    before = _kibibytes("VmRSS")
    with redirect_stderr(said), redirect_stdout(said):
        code = main(words)
    grown = (_kibibytes("VmHWM") - before) // 1024
    return {"code": code, "said": said.getvalue(), "seconds": time.process_time() - started, "mebibytes": grown}


def run(folder: Path, data: str, picture: str, report: Path, spare: int) -> None:
    save_model("good.safetensors", build_system("yolov8n", 1), categories=["square"], canvas_size=(64, 64), config={})
    for words in _commands("good.safetensors", data, picture).values():
        _run(words)  # now every library is there
    limit = _kibibytes("VmSize") * 1024 + spare * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    found = {}
    for file in sorted(folder.iterdir()):
        found[file.name] = {name: _run(words) for name, words in _commands(str(file), data, picture).items()}
        print(
            file.name,
            {
                name: (each["code"], round(each["seconds"], 1), each["mebibytes"])
                for name, each in found[file.name].items()
            },
            file=sys.stderr,
            flush=True,
        )
        with suppress(OSError):
            os.remove("imported.safetensors")
    report.write_text(json.dumps(found))


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4]), int(sys.argv[5]))
