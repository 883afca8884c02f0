"""Ranks."""

from boxwright.training.process_rank import process_rank


def test_rank_comes_from_the_launcher(monkeypatch) -> None:
    for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID"):
        monkeypatch.delenv(name, raising=False)
    assert process_rank() == 0
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert process_rank() == 1
