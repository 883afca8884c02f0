"""The command `boxwright`."""

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

from boxwright import __version__
from boxwright.cli.failure import explain_failure
from boxwright.cli.foreign_words import refuse_foreign_command, refuse_foreign_flags
from boxwright.cli.streams import drop_output, flush_output, say, write_any_letter
from boxwright.errors import ConfigError, DataError, Terminated, unknown_name
from boxwright.lettering.visible import visible_lines
from boxwright.stopping import stoppable

COMMANDS = {
    "train": "train a detector on your images",
    "tune": "search settings: train many times, each time with others, and keep the best",
    "evaluate": "measure a trained model on a data set",
    "benchmark": "compare model files of every format: AP, milliseconds, memory and size",
    "predict": "find objects in images and videos",
    "export": "write a model for ONNX Runtime, OpenVINO or torch.export, and prove that it finds the same",
    "import": "turn weights that others have trained into a model file, without running their programs",
    "info": "say what a model file holds, where its weights come from, and what it reaches",
    "weights": "list the published weights that a training can start from by name",
    "parts": "list the assigners, samplers, reducers and losses that can be named, and which systems they fit",
    "anchors": "measure a system's anchors on your objects, and fit new ones",
    "convert": "write a data set as COCO, Pascal VOC or YOLO",
    "pack": "write a data set into a few large files, for an object store or a slow disk",
    "verify": "list everything that is wrong or odd in a data set",
    "diagnose": "say which objects no prediction answers for, and what would help",
    "doctor": "tell versions, devices and kernels, for a bug report",
    "inspect": "show in a page which priors answer for which object, and why",
}
MODULES = {"import": "import_weights"}  # a word of Python cannot name a module
USAGE = f"""usage: boxwright COMMAND [--help] [options]

{chr(10).join(f"  {name:<10}{what}" for name, what in COMMANDS.items())}

  --help      this text; boxwright COMMAND --help lists the settings
  --version   the version
  --debug     where it stands: show the traceback of an error

Exit codes: 0 success, 1 error, 2 wrong setting, 70 a fault of boxwright, 130 or 143 stopped, 141 nobody reads the
output; of verify: 0 clean, 1 warnings, 2 errors; of diagnose: 1 is over --fail_above, 2 an error.

For instance: boxwright train --data sample:bccd --canvas 320 --epochs 60"""

FAILURE, USAGE_FAILURE, CRASH, INTERRUPTED, BROKEN_PIPE, TERMINATED = 1, 2, 70, 130, 141, 143
GOES_ON = {
    "train": " A training goes on with --resume RUN_DIRECTORY.",
    "tune": " The same command again goes on with the search.",
}
VERDICTS = ("verify", "diagnose")  # whose 1 is a finding


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and gives the exit code.

    0 is success, 1 an error (of data, of a file, of the machine), 2 a wrong setting, 70 a fault of boxwright itself,
    130 and 143 an end by Ctrl-C and SIGTERM, 141 a reader of the output who has gone. `verify` and `diagnose` give
    verdicts, and 2 for every error.

    Args:
        arguments: As typed; those of the process if None.
    """
    write_any_letter()
    words = list(sys.argv[1:] if arguments is None else arguments)
    is_debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    with stoppable() as stop:
        try:
            code = _run(words)
            flush_output()
            return code
        except KeyboardInterrupt as ended:
            return _stopped(type(ended), words)
        except Exception as error:
            if stop.error is not None:  # which struck where somebody made another error of it
                return _stopped(stop.error, words)
            return _failed(error, words, is_debug)


def _run(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if words else USAGE_FAILURE
    if words[0] == "--version":
        print(f"boxwright {__version__}")
        return 0
    refuse_foreign_command(words, COMMANDS)
    if words[0] not in COMMANDS:
        raise unknown_name("command", words[0], COMMANDS)
    _require_present_folder()
    command = import_module(f"boxwright.cli.commands.{MODULES.get(words[0], words[0])}")
    refuse_foreign_flags(words[0], words[1:], command.PARSER.settings)
    try:
        return command.run(words[1:]) or 0
    except SystemExit:  # after --help
        flush_output()
        raise


def _require_present_folder() -> None:
    """Refuses to begin where the present folder is gone, since torch then ends the process without a reason."""
    try:
        os.getcwd()
    except FileNotFoundError as error:
        raise DataError("The present folder was deleted or moved. Go to one that is there: cd ~.") from error


def _stopped(ended: type[KeyboardInterrupt], words: list[str]) -> int:
    """Says that the command was ended from outside, and gives the exit code for it."""
    what, code = ("terminated", TERMINATED) if issubclass(ended, Terminated) else ("interrupted", INTERRUPTED)
    say(f"boxwright: {what}.{GOES_ON.get(words[0] if words else '', '')}")
    return code


def _failed(error: Exception, words: list[str], is_debug: bool) -> int:
    """Says what went wrong, and gives the exit code for it."""
    message = explain_failure(error)
    if message is None or is_debug:
        say(visible_lines("".join(traceback.format_exception(error)).rstrip()))
    if message is None:
        say(
            f"boxwright: this is a fault of boxwright {__version__}, not of yours. Please report it, with the text "
            "above and the command."
        )
        return CRASH
    if isinstance(error, OSError):
        drop_output()
    if isinstance(error, BrokenPipeError):
        return BROKEN_PIPE
    say(f"boxwright: {visible_lines(message)}")
    is_usage = isinstance(error, ConfigError) or (words[:1] and words[0] in VERDICTS)
    return USAGE_FAILURE if is_usage else FAILURE


if __name__ == "__main__":
    sys.exit(main())
