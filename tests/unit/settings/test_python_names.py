"""Parameters of another trainer in Python."""

import inspect

import pytest

from boxwright.arguments.usage_error import UsageError
from boxwright.settings.python_names import answers_names, require_names


@answers_names("predict")
def search(source: str, *, score_threshold: float = 0.25, device: str = "auto", save: str = "") -> str:
    """Finds."""
    return f"{source} {score_threshold} {device} {save}"


def test_what_is_known_passes_and_the_signature_stays() -> None:
    assert search("a", score_threshold=0.5, device="cuda:1") == "a 0.5 cuda:1 "
    assert list(inspect.signature(search).parameters) == ["source", "score_threshold", "device", "save"]
    assert search.__doc__ == "Finds."
    with pytest.raises(TypeError, match="source"):
        search()


@pytest.mark.parametrize(
    ("command", "given", "said"),
    [
        ("predict", {"conf": 0.3}, "conf is called otherwise here: score_threshold=0.3"),
        ("predict", {"save_txt": True}, "save_txt is called otherwise here: save=['pictures', 'labels']"),
        ("predict", {"device": 0}, "device=0 is written otherwise here: device='cuda:0'"),
        ("predict", {"verbose": False}, "verbose is no setting here: leave it out"),
        ("predict", {"scre_threshold": 1}, "Did you mean 'score_threshold'?"),
        ("train", {"lr0": 1e-3}, 'lr0 is called otherwise here: optimization={"lr": 0.001}'),
        ("train", {"cos_lr": True}, """optimization={"schedule": 'cosine'}"""),
        ("train", {"cache": True}, "cache=True is written otherwise here: cache='ram'"),
        ("train", {"device": 0}, "accelerator='gpu', devices=1"),
        ("load", {"device": 0}, "device is no setting here: give it to predict"),
        ("load", {"task": "detect"}, "task is no setting here: the file says it"),
        ("train", {"resume": True}, "resume='RUN'"),
        ("train", {"model": "a/best.pt"}, "weights='a/best.pt'"),
        ("export", {"half": True}, "precision='16'"),
    ],
)
def test_every_wrong_name_is_answered(command: str, given: dict, said: str) -> None:
    known = [
        "accelerator",
        "devices",
        "score_threshold",
        "save",
        *(["device"] if command == "predict" else []),
        "optimization",
        "cache",
        "resume",
        "weights",
        "system",
        "precision",
    ]
    with pytest.raises(UsageError) as refused:
        require_names(command, {**given, "nonsense": 1}, known)
    first, second = str(refused.value).splitlines()
    assert said in first
    assert "Unknown setting 'nonsense'" in second


def test_values_of_ours_pass() -> None:
    require_names(
        "train", {"cache": "ram", "resume": "runs/x", "optimization": {"lr": 0.1}}, ["cache", "resume", "optimization"]
    )
    require_names("predict", {"save": True, "device": object()}, ["save", "device"])  # which are judged elsewhere
