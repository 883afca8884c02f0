"""How the devices of a training work together."""

from boxwright.arguments.usage_error import UsageError
from boxwright.errors import unknown_name

FIND_UNUSED = "ddp_find_unused_parameters_true"
STRATEGIES = ("auto", "ddp", FIND_UNUSED)
_PARTS = ("ddp_spawn", "ddp_fork", "ddp_notebook")
_SHARDS = ("fsdp", "deepspeed", "model_parallel")


def require_strategy(name: str) -> None:
    """Refuses a way of working together that a training cannot use.

    Args:
        name: As given.

    Raises:
        UsageError: That is so.
    """
    if name in STRATEGIES:
        return
    if name.startswith(_PARTS):
        raise UsageError(
            f"strategy: {name} copies a process that has begun, and what it has opened cannot be copied. Give ddp, "
            "which starts every process anew; in a notebook train on one device, or start the command."
        )
    if name.startswith(_SHARDS):
        raise UsageError(
            f"strategy: {name} divides a network among devices, and the moving average needs a whole one. Every "
            "detector here fits one device: give ddp, with a smaller --batch_size if the memory is short."
        )
    raise UsageError(str(unknown_name("strategy", name, STRATEGIES)))
