import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pytest
import torch
from tests.unit.systems.model_files import older_file, rewritten

from boxwright.errors import ConfigError, DataError
from boxwright.models import Normalization
from boxwright.systems import BEST_MODEL, ModelCard, System, build_system, load_model, read_card, save_model
from boxwright.systems.card_text import card_text
from boxwright.systems.checkpoint import add_measurements, has_model

CATEGORIES = ("rbc", "wbc", "thrombozyt ü")
CONFIG = {"train": {"epochs": 3, "lr": 1e-3, "hsv": [0.1, 0.2, 0.3], "resume": None, "names": ["a"]}, "mosaic": True}


@pytest.fixture(scope="module")
def system() -> System:
    return build_system("yolov8n", 3, dialect="early", guarantee=True)


@pytest.fixture
def saved(system: System, tmp_path: Path) -> Path:
    path = tmp_path / "runs" / "model.safetensors"
    save_model(path, system, categories=CATEGORIES, canvas_size=(64, 96), config=CONFIG)
    return path


def test_a_model_comes_back_as_it_was(system: System, saved: Path) -> None:
    loaded, card = load_model(saved)
    assert card == ModelCard(
        system="yolov8n",
        options={
            "dialect": "early",
            "guarantee": True,
            "reg_max": 16,
            "levels": "3-5",
            "backbone": None,
            "pretrained": False,
        },
        num_classes=3,
        categories=CATEGORIES,
        category_ids=(0, 1, 2),
        canvas_size=(64, 96),
        config=CONFIG,
        format_version=2,
        boxwright_version=card.boxwright_version,
        fit="centre",
        normalization=Normalization(),
        thresholds={"score_threshold": 0.001, "iou_threshold": 0.7, "max_detections": 300},
    )
    assert loaded.criterion.assigner == system.criterion.assigner
    assert not loaded.detector.training
    images = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        found, expected = loaded.detector(images), system.detector.eval()(images)
    assert all(torch.equal(a, b) for a, b in zip(found.class_logits, expected.class_logits, strict=True))


def test_a_model_keeps_the_ids_of_its_categories(system: System, tmp_path: Path) -> None:
    ids = [1, 7, 90]
    save_model(
        tmp_path / "m.safetensors", system, categories=CATEGORIES, category_ids=ids, canvas_size=(64, 64), config={}
    )
    assert read_card(tmp_path / "m.safetensors").category_ids == (1, 7, 90)


def test_a_run_directory_stands_for_its_best_model(system: System, tmp_path: Path) -> None:
    save_model(tmp_path / BEST_MODEL, system, categories=CATEGORIES, canvas_size=(64, 64), config={})
    assert load_model(tmp_path)[1] == read_card(tmp_path) == read_card(tmp_path / "weights" / "best.safetensors")


def test_a_run_directory_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no model file .*best\.safetensors"):
        load_model(tmp_path)


def test_other_weights_can_be_saved_in_place_of_the_detectors(system: System, tmp_path: Path) -> None:
    average = {name: torch.zeros_like(value) for name, value in system.detector.state_dict().items()}
    save_model(
        tmp_path / "m.safetensors", system, categories=CATEGORIES, canvas_size=(64, 64), config={}, state=average
    )
    loaded, _ = load_model(tmp_path / "m.safetensors")
    assert not any(bool(value.any()) for value in loaded.detector.parameters())


def test_a_view_is_saved_without_the_tensor_it_belongs_to(system: System, tmp_path: Path) -> None:
    sizes = []
    for spare in (0, 10_000_000):
        state = dict(system.detector.state_dict())
        bias = state["head.box_branches.0.2.bias"]
        state["head.box_branches.0.2.bias"] = torch.cat([bias, torch.zeros(spare)])[: len(bias)]
        path = tmp_path / f"{spare}.pt"
        save_model(path, system, categories=CATEGORIES, canvas_size=(64, 64), config={}, state=state)
        sizes.append(path.stat().st_size)
    assert abs(sizes[0] - sizes[1]) < 1000


def test_the_card_is_read_without_the_system(saved: Path) -> None:
    assert read_card(saved).categories == CATEGORIES


def test_a_failed_write_leaves_the_old_file(system: System, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def fail(file: IO[bytes], tensors: object, card: object) -> None:
        file.write(b"half of it")
        raise OSError("disk full")

    monkeypatch.setattr("boxwright.systems.model_file._write_header", fail)
    with pytest.raises(OSError, match="disk full"):
        save_model(saved, system, categories=CATEGORIES, canvas_size=(64, 96), config={})
    assert saved.read_bytes() == before
    assert [entry.name for entry in saved.parent.iterdir()] == ["model.safetensors"]


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no model file .*none\.pt\. Give a run directory"):
        load_model(tmp_path / "none.pt")


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_truncated_file(saved: Path, kept: float) -> None:
    content = saved.read_bytes()
    saved.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(DataError, match=r"model\.safetensors is cut short or damaged \(\d+ bytes.*Copy it again"):
        load_model(saved)


@pytest.mark.parametrize("content", [b"", b"a photograph", b"\x80\x02}q\x00."])
def test_a_file_of_another_kind(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "photo.pt").write_bytes(content)
    with pytest.raises(DataError, match=r"photo\.pt: it begins with .* no file of torch\.save"):
        load_model(tmp_path / "photo.pt")


def test_an_archive_of_another_kind(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("a.txt", "text")
    with pytest.raises(DataError, match=r"an archive without data\.pkl"):
        load_model(tmp_path / "data.zip")


def test_weights_without_a_card(system: System, tmp_path: Path) -> None:
    torch.save(system.detector.state_dict(), tmp_path / "weights.pt")
    with pytest.raises(DataError, match="is not a boxwright model file"):
        load_model(tmp_path / "weights.pt")


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    torch.save({"format": "boxwright model", "config": os.system}, tmp_path / "foreign.pt")
    with pytest.raises(DataError, match=r"foreign\.pt: the pickle in it names posix\.system"):
        load_model(tmp_path / "foreign.pt")


def test_a_newer_format(saved: Path) -> None:
    rewritten(saved, format_version=3, boxwright_version="9.1")
    with pytest.raises(DataError, match=r"format version 3, .* reads up to 2; .* boxwright 9\.1\. Upgrade"):
        load_model(saved)


def test_a_lacking_entry(saved: Path) -> None:
    rewritten(saved, categories=..., config=...)
    with pytest.raises(DataError, match=r"model\.safetensors lacks categories, config"):
        load_model(saved)


def test_weights_that_do_not_fit_name_the_file(saved: Path) -> None:
    rewritten(saved, num_classes=2, categories=["a", "b"], category_ids=[0, 1])
    with pytest.raises(DataError, match=r"model\.safetensors: The weights do not fit.*of another shape"):
        load_model(saved)


def test_a_system_that_this_release_does_not_know(saved: Path) -> None:
    rewritten(saved, system="yolov9q")
    with pytest.raises(DataError, match=r"model\.safetensors: Unknown system 'yolov9q'"):
        load_model(saved)


def test_a_configuration_that_is_not_plain_is_refused(system: System, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.data\.paths\[1\] is a \w*Path"):
        save_model(
            tmp_path / "m.safetensors",
            system,
            categories=CATEGORIES,
            canvas_size=(64, 64),
            config={"data": {"paths": ["a", Path("b")]}},
        )
    assert list(tmp_path.iterdir()) == []


def test_categories_must_be_as_many_as_classes(system: System, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="3 classes; given: 2 categories and 2 ids"):
        save_model(tmp_path / "m.safetensors", system, categories=("a", "b"), canvas_size=(64, 64), config={})


def test_only_a_model_file_is_replaced(system: System, saved: Path, tmp_path: Path) -> None:
    card = {"categories": CATEGORIES, "canvas_size": (64, 96), "config": {}}
    save_model(saved, system, **card)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("photo.jpg", b"photo")
    (tmp_path / "photo.jpg").write_bytes(b"photo")
    for name in ("photos.zip", "photo.jpg"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(ConfigError, match=f"{name} is there already"):
            save_model(tmp_path / name, system, **card)
        assert (tmp_path / name).read_bytes() == before


def test_what_a_model_expects_is_kept(tmp_path: Path) -> None:
    """A system may be put together in another way than the catalogue does."""
    system = build_system("yolov8n", 1)
    changed = replace(
        system,
        fit="corner",
        normalization=Normalization((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)),
        postprocessor=replace(system.postprocessor, score_threshold=0.25, iou_threshold=0.5, max_detections=7),
    )
    save_model(tmp_path / "m.safetensors", changed, categories=["a"], canvas_size=(64, 64), config={})
    loaded, _ = load_model(tmp_path / "m.safetensors")
    assert (loaded.fit, loaded.normalization) == (changed.fit, changed.normalization)
    found, expected = loaded.postprocessor, changed.postprocessor
    for name in ("score_threshold", "iou_threshold", "max_detections"):
        assert getattr(found, name) == getattr(expected, name)


@pytest.mark.parametrize(
    "changes",
    [
        {"categories": "abc"},
        {"categories": [1, 2, 3]},
        {"category_ids": ["1", "2", "3"]},
        {"canvas_size": [64.5, 64]},
        {"options": []},
        {"normalization": {"mean": [1, 2], "std": [1, 2, 3]}},
        {"normalization": {"mean": ["a", 1, 2], "std": [1, 2, 3]}},
        {"fit": 3},
        {"fit": "nonsense"},
        {"thresholds": 3},
        {"thresholds": {"score_threshold": "high"}},
        {"thresholds": {"max_detections": 1e300}},
        {"thresholds": {"iou_threshold": True}},
        {"canvas_size": [True, True]},
        {"category_ids": [1, 2, 10**30]},
        {"normalization": {"mean": [0, 0, 0], "std": [0, 1, 1]}},
        {"normalization": {"mean": [0, 0, 0], "std": [float("nan"), 1, 1]}},
        {"normalization": {"mean": [float("inf"), 0, 0], "std": [1, 1, 1]}},
        {"num_classes": 4},
        {"category_ids": [1, 2]},
    ],
)
def test_a_card_that_cannot_be_is_an_error(changes: dict[str, Any], saved: Path) -> None:
    rewritten(saved, **changes)
    for read in (read_card, load_model):
        with pytest.raises(DataError, match=r"model\.safetensors (says that|has 3 categories)"):
            read(saved)


def test_models_of_before_are_read(system: System, tmp_path: Path) -> None:
    path = older_file(tmp_path / "weights" / "best.pt", system, CATEGORIES, CONFIG)
    for given in (path, tmp_path, tmp_path / "weights" / "best.safetensors"):
        loaded, card = load_model(given)
        assert card == read_card(given)
        assert (card.categories, card.config, card.format_version) == (CATEGORIES, CONFIG, 1)
        own = loaded.detector.state_dict()
        assert all(torch.equal(own[name], value) for name, value in system.detector.state_dict().items())
    assert has_model(tmp_path)
    save_model(path, system, categories=CATEGORIES, canvas_size=(64, 64), config={})  # is one of boxwright
    assert read_card(path).format_version == 2


def test_a_card_without_end_in_a_model_of_before(system: System, tmp_path: Path) -> None:
    path = older_file(tmp_path / "model.pt", system, CATEGORIES, CONFIG)
    content = torch.load(path, weights_only=True)
    content["options"]["dialect"] = endless = []
    endless.append(endless)
    torch.save(content, path)
    for read in (read_card, load_model):
        with pytest.raises(DataError, match=r"model\.pt: the card in it has no end"):
            read(path)


def test_a_model_of_before_without_weights(system: System, tmp_path: Path) -> None:
    path = older_file(tmp_path / "model.pt", system, CATEGORIES, CONFIG)
    content = torch.load(path, weights_only=True)
    del content["weights"]
    torch.save(content, path)
    with pytest.raises(DataError, match=r"model\.pt lacks weights"):
        load_model(path)


def test_where_the_weights_come_from_is_kept(system: System, tmp_path: Path) -> None:
    more = {"provenance": {"file": "x.pt"}, "licence": "AGPL-3.0", "measurements": {"ap": 0.5}}
    path = tmp_path / "m.safetensors"
    save_model(path, system, categories=CATEGORIES, canvas_size=(64, 64), config={}, **more)
    card = read_card(path)
    assert {name: getattr(card, name) for name in more} == more


def test_measurements_are_added(system: System, saved: Path) -> None:
    before = load_model(saved)[0].detector.state_dict()
    card = add_measurements(saved, {"ap": 0.5, "num_images": 1, "num_targets": 2})
    assert card == read_card(saved)
    assert card.measurements["ap"] == 0.5
    assert (saved.parent / "README.md").read_text() == card_text(card)
    after = load_model(saved)[0].detector.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_a_model_of_before_is_written_anew_when_it_is_measured(system: System, tmp_path: Path) -> None:
    older = older_file(tmp_path / "best.pt", system, CATEGORIES, CONFIG)
    before = older.read_bytes()
    add_measurements(tmp_path / "best.safetensors", {"ap": 0.5})
    assert read_card(tmp_path / "best.safetensors").format_version == 2
    assert older.read_bytes() == before
