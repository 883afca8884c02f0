"""The one way in which a network is run over images."""

from boxwright.inference.detection_limits import finding_at_least, finding_at_most
from boxwright.inference.folding import folded
from boxwright.inference.model_fit import check_canvas, check_categories
from boxwright.inference.precision import PRECISIONS, Precision, computing_in
from boxwright.inference.program_system import load_network, load_program
from boxwright.inference.runner import Runner, network_input

__all__ = [
    "PRECISIONS",
    "Precision",
    "Runner",
    "check_canvas",
    "check_categories",
    "computing_in",
    "finding_at_least",
    "finding_at_most",
    "folded",
    "load_network",
    "load_program",
    "network_input",
]
