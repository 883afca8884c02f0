"""Trains a foreign network with boxwright's criterion: a plain torch loop, no Lightning, no boxwright model."""

import torch

from boxwright.assigners import TaskAlignedAssigner
from boxwright.coders import DistributionCoder
from boxwright.criterion import BoxRegressionTerm, ClassificationTerm, Criterion, DistributionTerm
from boxwright.prior_generators import PointGrid
from boxwright.structures import Predictions, Targets

torch.manual_seed(0)
images = torch.rand(2, 3, 64, 64)  # two images: one object in the first, two in the second
targets = Targets.from_lists(
    boxes=[torch.tensor([[8.0, 8, 40, 40]]), torch.tensor([[0.0, 0, 24, 24], [20, 30, 60, 60]])],
    labels=[torch.tensor([0]), torch.tensor([1, 0])],
)

coder = DistributionCoder(num_bins=16)
terms = (BoxRegressionTerm(coder.decode), ClassificationTerm(), DistributionTerm(coder))
criterion = Criterion(assigner=TaskAlignedAssigner(), decode=coder.decode, terms=terms)
priors = PointGrid(strides=(16,))(canvas_size=(64, 64))
network = torch.nn.Conv2d(3, 2 + coder.code_size, kernel_size=16, stride=16)
optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
for step in range(100):
    output = network(images).flatten(2).mT  # one row per prior: 2 class logits, then the box code
    predictions = Predictions.from_dense(output[..., :2], output[..., 2:], priors)
    losses = criterion(predictions, priors, targets)  # {"box": …, "class": …, "dfl": …}
    optimizer.zero_grad()
    sum(losses.values()).backward()
    optimizer.step()
    if step % 20 == 19:
        print(step + 1, {name: round(loss.item(), 3) for name, loss in losses.items()})
