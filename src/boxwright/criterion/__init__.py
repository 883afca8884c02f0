"""Assign, sample, and turn pairs into named losses."""

from boxwright.criterion.box_regression import BoxRegressionTerm
from boxwright.criterion.classification import ClassificationTerm
from boxwright.criterion.criterion import Criterion
from boxwright.criterion.distribution import DistributionTerm
from boxwright.criterion.matches import Matches
from boxwright.criterion.term import Reducer, Term

__all__ = ["BoxRegressionTerm", "ClassificationTerm", "Criterion", "DistributionTerm", "Matches", "Reducer", "Term"]
