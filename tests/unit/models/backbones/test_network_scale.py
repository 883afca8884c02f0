from boxwright.models.backbones import NetworkScale


def test_channels_are_rounded_up_to_eight_after_the_cut() -> None:
    assert NetworkScale(depth=0.67, width=0.75, max_channels=768).channels(1024) == 576
    assert NetworkScale(depth=0.33, width=0.25).channels(36) == 16


def test_there_is_at_least_one_bottleneck() -> None:
    assert NetworkScale(depth=0.33, width=0.25).repeats(1) == 1
    assert NetworkScale(depth=1.33, width=1.25).repeats(9) == 12
