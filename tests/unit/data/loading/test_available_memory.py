"""How much memory this process may still take."""

from pathlib import Path

import pytest

from boxwright.data.loading import available_memory as subject
from boxwright.data.loading.available_memory import available_memory

GB = 10**9


def test_it_is_plausible() -> None:
    available = available_memory()
    assert available is None or 2**20 < available < 2**50


@pytest.mark.parametrize(
    ("limit", "used", "files"), [("memory.max", "memory.current", "file"), ("most", "use", "total")]
)
def test_a_container_has_what_its_limit_leaves(
    limit: str, used: str, files: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is only kept of files does not count as used."""
    monkeypatch.setattr(subject, "CONTROL_GROUPS", ((tmp_path, "", limit, used, files),))
    monkeypatch.setattr(subject, "_of_machine", lambda: 8 * GB)
    assert available_memory() == 8 * GB, "no group at all"
    (tmp_path / used).write_text(f"{3 * GB}\n")
    (tmp_path / "memory.stat").write_text(f"anon 5\nin{files} 7\n{files} {GB}\n")
    (tmp_path / limit).write_text("max\n")
    assert available_memory() == 8 * GB, "no limit"
    (tmp_path / limit).write_text(f"{4 * GB}\n")
    assert available_memory() == 2 * GB
    (tmp_path / limit).write_text(f"{GB}\n")
    assert available_memory() == 0
    (tmp_path / limit).write_text(f"{2**63 - 4096}\n")
    assert available_memory() == 8 * GB, "what stands for no limit in version 1"


@pytest.mark.parametrize(
    ("controller", "line"), [("", "0::/slurm/job_1/step_0"), ("memory", "4:cpu,memory:/slurm/job_1/step_0")]
)
def test_every_group_around_the_process_has_a_limit(
    controller: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler limits the job, and the process is in a step of it."""
    (tmp_path / "groups").write_text(f"9:pids:/other\n{line}\n")
    job = tmp_path / "root/slurm/job_1"
    for group, limit in ((job, 4 * GB), (job.parent, 6 * GB), (job.with_name("job_2"), GB)):
        group.mkdir(parents=True, exist_ok=True)
        for name, value in (("most", limit), ("use", GB), ("memory.stat", "files 0")):
            (group / name).write_text(f"{value}\n")
    monkeypatch.setattr(subject, "OWN_GROUPS", tmp_path / "groups")
    monkeypatch.setattr(subject, "CONTROL_GROUPS", ((tmp_path / "root", controller, "most", "use", "files"),))
    monkeypatch.setattr(subject, "_of_machine", lambda: 8 * GB)
    assert available_memory() == 3 * GB
    (tmp_path / "groups").unlink()
    assert available_memory() == 8 * GB


def test_a_system_that_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "_of_machine", lambda: None)
    assert available_memory() is None
