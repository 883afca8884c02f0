import pytest

from boxwright.coders import Coder, DeltaCoder, DistributionCoder, Encoder, LtrbCoder, SigmoidOffsetCoder


@pytest.mark.parametrize("coder", [DeltaCoder(), DistributionCoder(), LtrbCoder(), SigmoidOffsetCoder()])
def test_ours_are_coders(coder: object) -> None:
    assert isinstance(coder, Coder)
    assert isinstance(coder, Encoder)
