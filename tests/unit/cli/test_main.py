"""Exit codes and messages of the command."""

import errno
import os
import signal
from pathlib import Path

import pytest

import boxwright
from boxwright import __version__
from boxwright.cli.main import COMMANDS, GOES_ON, MODULES, main
from boxwright.errors import DataError, Terminated
from boxwright.writing.whole_folder import whole_folder


def test_version(capsys) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"boxwright {__version__}\n"


def test_help_lists_the_commands(capsys) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)
    assert main([]) == 2


def test_an_unknown_command_names_the_nearest(capsys) -> None:
    assert main(["trian"]) == 2
    assert "Did you mean 'train'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "--epohs", "3"], "Did you mean 'epochs'"),
        (["train", "--epochs", "0"], "epochs must be at least 1"),
        (["evaluate", "--model", "x"], "data must be given"),
        (["convert", "a", "b", "--to", "yollo"], "Did you mean 'yolo'"),
        (["predict", "--modle", "x"], "Did you mean 'model'"),
        (["diagnose", "--fail-over", "0.5", "x"], "Did you mean 'fail_above'?"),
        (["diagnose", "sample:bccd", "--system", "yolov55"], "yolov5"),
        (["diagnose"], "data must be given"),
        (["verify"], "Type DATA, or put it into --config"),
        (["convert", "a"], "destination, to must be given. Type DESTINATION, --to"),
        (["train", "--data", "sample:bccd", "--epoch", "3"], "Did you mean 'epochs'?"),  # no flag may be cut short
        (["train", "--data", "sample:bccd", "--canvas", "100"], "96"),
        (["train", "--data", "sample:bccd", "--system", "yolov9n"], "Did you mean 'yolov"),
        (["train", "--resume", "does-not-exist"], "resume: there is no does-not-exist"),
        (["train", "--optimization.learning_rate", "0.1"], "optimization.lr, "),
    ],
)
def test_wrong_usage_is_2(capsys, words: list[str], message: str) -> None:
    assert main(words) == 2
    assert message in capsys.readouterr().err


def test_other_errors_are_1_and_show_no_traceback(capsys) -> None:
    assert main(["train", "--data", "does-not-exist"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("boxwright: There is no ")
    assert "Traceback" not in shown


def test_debug_shows_where_it_happened(capsys) -> None:
    assert main(["train", "--data", "does-not-exist", "--debug"]) == 1
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "DataError" in shown
    assert "boxwright: There is no " in shown


def _raising(error: Exception):
    """Gives a function of a file of boxwright: what fails elsewhere may be somebody's own part."""
    names = {"error": error}
    exec(compile("def run(_):\n    raise error", boxwright.__file__, "exec"), names)
    return names["run"]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_fault_of_boxwright_has_a_code_of_its_own(command: str, capsys, monkeypatch) -> None:
    monkeypatch.setattr(f"boxwright.cli.commands.{MODULES.get(command, command)}.run", _raising(KeyError("lost")))
    assert main([command]) == 70
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "KeyError: 'lost'" in shown
    assert "this is a fault of boxwright" in shown


@pytest.mark.parametrize("command", sorted(COMMANDS))
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/full/disk"), "/full/disk: No space left on device. Free"),
        (PermissionError(errno.EACCES, "Permission denied", "/mine"), "/mine: Permission denied. Give yourself"),
        (MemoryError("Unable to allocate 9 EiB"), r"The memory is used up (Unable to allocate 9 EiB)"),
        (DataError("an image is broken"), "an image is broken"),
    ],
)
def test_what_lies_outside_of_boxwright_is_an_error(command: str, error, words: str, capsys, monkeypatch) -> None:
    monkeypatch.setattr(f"boxwright.cli.commands.{MODULES.get(command, command)}.run", _raising(error))
    assert main([command]) == (2 if command in ("verify", "diagnose") else 1)  # whose 1 is a finding
    shown = capsys.readouterr().err
    assert shown.startswith(f"boxwright: {words}")
    assert "Traceback" not in shown


def test_control_characters_do_not_reach_the_terminal(capsys, monkeypatch) -> None:
    monkeypatch.setattr("boxwright.cli.commands.train.run", _raising(DataError("the class \x1b[31mred\ttwo\nlines")))
    assert main(["train"]) == 1
    assert capsys.readouterr().err == "boxwright: the class \\x1b[31mred\ttwo\nlines\n"


@pytest.mark.parametrize(
    ("kind", "code", "word"), [(KeyboardInterrupt, 130, "interrupted"), (Terminated, 143, "terminated")]
)
def test_an_interrupted_training_says_how_to_go_on(
    kind: type[KeyboardInterrupt], code: int, word: str, capsys, monkeypatch
) -> None:
    def interrupt(_: list[str]) -> None:
        raise kind

    monkeypatch.setattr("boxwright.cli.commands.train.run", interrupt)
    assert main(["train"]) == code
    said = capsys.readouterr().err
    assert word in said
    assert "--resume" in said


def test_a_configuration_in_another_encoding_is_a_wrong_setting(tmp_path, capsys) -> None:
    (tmp_path / "run.yaml").write_bytes("data: données\n".encode("latin-1"))
    assert main(["train", "--config", str(tmp_path / "run.yaml")]) == 2
    assert "run.yaml is not UTF-8" in capsys.readouterr().err


def test_a_present_folder_that_is_gone_is_named(tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert main(["predict", "--model", "/a.pt", "--source", "/b"]) == 1
    assert "The present folder was deleted or moved" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"train"}))
def test_every_command_can_clean_up_when_it_is_ended(
    command: str, number: int, code: int, word: str, tmp_path: Path, capsys, monkeypatch
) -> None:
    def run(_: list[str]) -> None:
        with whole_folder(tmp_path / "out") as part:
            (part / "half").write_text("half")
            os.kill(os.getpid(), number)

    on_loaders = signal.getsignal(signal.SIGCHLD)
    monkeypatch.setattr(f"boxwright.cli.commands.{MODULES.get(command, command)}.run", run)
    assert main([command]) == code
    signal.signal(signal.SIGCHLD, on_loaders)
    assert capsys.readouterr().err == f"boxwright: {word}.{GOES_ON.get(command, '')}\n"
    assert not list(tmp_path.iterdir())


def test_an_interrupt_of_which_a_library_made_another_error_is_one(capsys, monkeypatch) -> None:
    def run(_: list[str]) -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt as struck:
            raise RecursionError("in the middle of an import") from struck

    monkeypatch.setattr("boxwright.cli.commands.verify.run", run)
    assert main(["verify"]) == 130
    assert capsys.readouterr().err == "boxwright: interrupted.\n"
