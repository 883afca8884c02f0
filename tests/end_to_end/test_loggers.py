"""Weights & Biases and MLflow, without a network: what they wrote, read back with their own readers."""

import csv
import json
import os
import socketserver
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.end_to_end.tiny_data import write_tiny_data
from tests.loaded_python import LoadedPython

NAMES = ("зелёный", "красный")  # of one length, in letters that MLflow's logger takes out of names
PICTURES = ("losses", "pr_curve", "validation")
TIMEOUT = 300


@dataclass
class Logged:
    """A training that both loggers heard of."""

    folder: Path
    printed: str = ""
    calls: list[str] = field(default_factory=list)

    @property
    def run(self) -> Path:
        return self.folder / "runs" / "train"

    def column(self, name: str, file: str = "metrics.csv") -> list[float | None]:
        with (self.run / file).open(encoding="utf-8") as opened:
            return [float(row[name]) if row[name] else None for row in csv.DictReader(opened)]


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory, loaded_python: LoadedPython) -> Logged:
    """Trains for two epochs; whoever wants to reach the network asks a proxy, which only notes it."""
    done = Logged(tmp_path_factory.mktemp("logged"))

    class Proxy(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            done.calls.append(self.rfile.readline().decode())

    data = write_tiny_data(done.folder / "data")
    for path in (data / "annotations").glob("*.json"):
        document = json.loads(path.read_text())
        document["categories"] = [{"id": number, "name": name} for number, name in enumerate(NAMES, 1)]
        path.write_text(json.dumps(document))
    for name in ("home", "here"):
        (done.folder / name).mkdir()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{proxy.server_address[1]}"
        command = "train --canvas 64 --epochs 2 --batch_size 4 --workers 0 --accelerator cpu --logger wandb,mlflow"
        found = loaded_python.run(
            *("-m", "boxwright.cli.main", *command.split(), "--data", data, "--output", done.run.parent),
            folder=done.folder / "here",
            environment=dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), address)
            | {"WANDB_MODE": "offline", "HOME": str(done.folder / "home"), "NO_PROXY": ""}
            | {"MLFLOW_TRACKING_URI": "", "MLFLOW_DISABLE_TELEMETRY": "true"},
        )
        proxy.shutdown()
    done.printed = found.stdout + found.stderr
    assert found.returncode == 0, done.printed
    return done


def _settings(run: Path) -> Iterator[tuple[str, Any]]:
    """Lists the settings of a run, those of groups as GROUP/NAME."""
    for name, value in yaml.safe_load((run / "config.yaml").read_text()).items():
        inner = value.items() if isinstance(value, dict) else [(None, value)]
        yield from ((name if key is None else f"{name}/{key}", each) for key, each in inner)


@pytest.mark.slow
def test_nothing_is_sent_and_nothing_lies_outside_the_run(logged: Logged) -> None:
    assert logged.calls == []
    assert list((logged.folder / "here").iterdir()) == []
    assert {path.name for path in logged.run.parent.iterdir()} == {"train", "mlflow", "mlflow.db"}


@pytest.mark.slow
def test_mlflow_has_everything(logged: Logged) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow import MlflowClient

        client = MlflowClient(f"sqlite:///{logged.run.parent / 'mlflow.db'}")
        experiment = client.get_experiment_by_name("boxwright")
        assert experiment is not None
        (run,) = client.search_runs([experiment.experiment_id])
        assert (run.info.run_name, run.info.status) == ("train", "FINISHED")
        assert dict(run.data.params) == {name: str(value)[:250] for name, value in _settings(logged.run)}
        for name in ("box", "class", "val_box", "ap", "ap50", "lr", "time_forward", "images_per_second"):
            history = client.get_metric_history(run.info.run_id, name)
            assert [(one.step, one.value) for one in history] == list(enumerate(logged.column(name)))
        of_classes = {name for name in run.data.metrics if name.startswith("class_ap/")}
        assert of_classes == {"class_ap/_______", "class_ap/________2"}
        kept = {one.path for one in client.list_artifacts(run.info.run_id)}
        assert kept == {"best.safetensors", "losses.png", "pr_curve.png", "validation.jpg"}
        (model,) = (logged.run.parent / "mlflow").rglob("best.safetensors")
    assert model.read_bytes() == (logged.run / "weights" / "best.safetensors").read_bytes()


@pytest.mark.slow
def test_wandb_has_everything(logged: Logged) -> None:
    (file,) = (logged.run / "wandb").glob("offline-run-*/*.wandb")
    reader = Path(sys.executable).with_name("wandb")
    home = {"HOME": str(logged.folder / "home")}
    command = [reader, "leet", "inspect", "--json", file]
    read = subprocess.run(command, env=os.environ | home, capture_output=True, text=True, timeout=TIMEOUT, check=True)
    records = [json.loads(line) for line in read.stdout.splitlines()]

    config: dict[str, Any] = {}
    for record in records:
        config |= record.get("config", {}).get("update", {})
    told = {
        f"{name}/{key}": each
        for name, value in config.items()
        if isinstance(value, dict)
        for key, each in value.items()
    }
    wanted = dict(_settings(logged.run))
    assert {name: (told | config)[name] for name in wanted} == wanted

    rows = [record["history"]["item"] for record in records if record["type"] == "history"]
    epochs = [row for row in rows if "ap" in row]
    assert [row["trainer/global_step"] for row in epochs] == [0, 1]
    for name in ("box", "class", "val_box", "ap", "ap50", "lr", "time_forward", "images_per_second"):
        assert [row[name] for row in epochs] == logged.column(name)
    for name in NAMES:
        assert [row.get(f"class_ap/{name}") for row in epochs] == logged.column(f"class_ap/{name}", "class_ap.csv")
    shown = [name for row in rows for picture in PICTURES for name in row.get(f"{picture}.filenames", ())]
    assert sorted(Path(name).name.partition("_")[0] for name in shown) == ["losses", "pr", "validation"]
    assert all((file.parent / "files" / name).stat().st_size for name in shown)
    (model,) = [
        record["artifact"]
        for record in records
        if record["type"] == "artifact" and record["artifact"]["type"] == "model"
    ]
    assert model["name"] == "train-best"
    assert [entry["path"] for entry in model["manifest"]["contents"]] == ["best.safetensors"]
