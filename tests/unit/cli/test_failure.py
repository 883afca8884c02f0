import errno
from pathlib import Path

import pytest
import torch
from tests.contracts.term_laws import distribution_coder, some_matches

from boxwright.cli.failure import explain_failure
from boxwright.criterion import BoxRegressionTerm
from boxwright.errors import ConfigError
from boxwright.losses import WiseIoULoss
from boxwright.settings.parts.choice import Choice
from boxwright.systems.own_part import own_part


def test_errors_on_purpose_keep_their_message() -> None:
    assert explain_failure(ConfigError("epochs must be 1. Give 1.")) == "epochs must be 1. Give 1."


def test_errors_of_the_system_name_the_file_and_the_cure() -> None:
    moved = OSError(errno.EROFS, "Read-only file system", "a", None, "b")
    assert explain_failure(moved) == "a → b: Read-only file system. Name a place that can be written to."
    assert (
        explain_failure(OSError(errno.EIO, "Input/output error"))
        == "Input/output error. Look at the path and the disk."
    )
    assert explain_failure(BrokenPipeError(errno.EPIPE, "Broken pipe")) == ""


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_memory(error: Exception) -> None:
    message = explain_failure(error)
    assert message is not None
    assert message.startswith("The memory is used up (")
    assert "--batch_size" in message


def test_lost_workers_and_full_disks_of_torch() -> None:
    lost = explain_failure(RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed. \nlong"))
    assert lost is not None
    assert "(DataLoader worker (pid 7) is killed by signal: Killed)" in lost
    assert "--workers" in lost
    assert "Free some space" in str(explain_failure(RuntimeError("PytorchStreamWriter failed writing file data/0")))


def test_a_part_of_somebodys_own_is_named_where_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_failing.py").write_text(
        "import torch\nclass Mine:\n    def __call__(self, boxes, target_boxes):\n        return torch.cat(boxes, 9)\n"
    )
    monkeypatch.chdir(tmp_path)
    term = BoxRegressionTerm(distribution_coder().decode, loss=own_part(Choice("box_loss", "my_failing.Mine", {})))
    with pytest.raises(TypeError) as raised:
        term(some_matches(3)[0])
    message = explain_failure(raised.value)
    assert message is not None
    assert message.startswith(f"{tmp_path / 'my_failing.py'}, line 4, failed (TypeError: cat()")


def test_a_fault_behind_somebodys_own_code_stays_one_of_boxwright() -> None:
    """This test is such code: it calls boxwright, which then fails by itself."""
    with pytest.raises(KeyError) as raised:
        WiseIoULoss().load_state_dict({})
    assert explain_failure(raised.value) is None


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError("shapes"), ValueError("x"), OSError("no number")])
def test_everything_else_is_a_fault_of_boxwright(error: Exception) -> None:
    assert explain_failure(error) is None
