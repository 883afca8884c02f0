"""Ways of working together."""

import pytest

from boxwright.arguments.usage_error import UsageError
from boxwright.settings.strategy import STRATEGIES, require_strategy
from boxwright.settings.training import TrainingSettings


@pytest.mark.parametrize("name", STRATEGIES)
def test_what_works_is_taken(name: str) -> None:
    require_strategy(name)


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("ddp_spawn", "Give ddp, which starts every process anew"),
        ("ddp_notebook_find_unused_parameters_true", "Give ddp"),
        ("ddp_fork", "Give ddp"),
        ("fsdp", "give ddp, with a smaller --batch_size"),
        ("deepspeed_stage_3_offload", "give ddp"),
        ("model_parallel", "give ddp"),
        ("dpp", "Did you mean 'ddp'"),
    ],
)
def test_what_cannot_work_is_refused_with_the_cure(name: str, cure: str) -> None:
    with pytest.raises(UsageError, match=cure):
        TrainingSettings(strategy=name)
