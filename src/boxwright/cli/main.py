"""The command `boxwright`."""

import sys
from collections.abc import Callable, Sequence

from boxwright import __version__
from boxwright.errors import BoxwrightError, ConfigError, Terminated, unknown_name

COMMANDS = {
    "train": "train a detector on your images",
    "evaluate": "measure a trained model on a data set",
    "predict": "find objects in images and videos",
    "anchors": "measure a system's anchors on your objects, and fit new ones",
    "convert": "write a data set as COCO, Pascal VOC or YOLO",
    "verify": "list everything that is wrong or odd in a data set",
    "diagnose": "say which objects no prediction answers for, and what would help",
    "doctor": "tell versions, devices and kernels, for a bug report",
    "inspect": "show in a page which priors answer for which object, and why",
}
USAGE = f"""usage: boxwright COMMAND [--help] [options]

{chr(10).join(f"  {name:<10}{what}" for name, what in COMMANDS.items())}

  --help      this text; boxwright COMMAND --help lists the settings
  --version   the version
  --debug     where it stands: show the traceback of an error

For instance: boxwright train --data sample:bccd --canvas 320 --epochs 60"""

FAILURE, USAGE_FAILURE, INTERRUPTED, TERMINATED = 1, 2, 130, 143


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and gives the exit code: 0, 1 for an error (of data, of a file), 2 for a wrong setting.

    `verify` and `diagnose` give verdicts, and 2 for every error.

    Args:
        arguments: As typed; those of the process if None.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    is_debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    if not words or words[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if words else USAGE_FAILURE
    if words[0] == "--version":
        print(f"boxwright {__version__}")
        return 0
    try:
        return _run(words[0], words[1:])
    except BoxwrightError as error:
        if is_debug:
            raise
        print(f"boxwright: {error}", file=sys.stderr)
        return USAGE_FAILURE if isinstance(error, ConfigError) else FAILURE
    except KeyboardInterrupt as ended:
        what, code = ("terminated", TERMINATED) if isinstance(ended, Terminated) else ("interrupted", INTERRUPTED)
        print(f"boxwright: {what}. A training goes on with --resume RUN_DIRECTORY.", file=sys.stderr)
        return code


def _run(command: str, words: list[str]) -> int:
    if command not in COMMANDS:
        error = unknown_name("command", command, COMMANDS)
        print(f"boxwright: {error}", file=sys.stderr)
        return USAGE_FAILURE
    from boxwright.cli.commands import RUNNERS  # heavy: torch and Lightning

    runner: Callable[[list[str]], int | None] = RUNNERS[command]
    return runner(words) or 0


if __name__ == "__main__":
    sys.exit(main())
