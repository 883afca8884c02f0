"""The one way in which a network is run over images."""

from boxwright.inference.folding import folded
from boxwright.inference.model_fit import check_canvas, check_categories
from boxwright.inference.precision import PRECISIONS, Precision, computing_in
from boxwright.inference.program_system import load_network, load_program
from boxwright.inference.repeated_runner import RepeatedRunner
from boxwright.inference.runner import Runner, network_input
from boxwright.inference.tile_choice import WITH_THE_MODEL, Tile, chosen_tiling, said_of_tiles
from boxwright.inference.tile_merging import WholeImages, merge_tiles
from boxwright.systems.detection_limits import finding_at_least, finding_at_most

__all__ = [
    "PRECISIONS",
    "Precision",
    "RepeatedRunner",
    "Runner",
    "Tile",
    "WITH_THE_MODEL",
    "WholeImages",
    "check_canvas",
    "check_categories",
    "chosen_tiling",
    "computing_in",
    "finding_at_least",
    "finding_at_most",
    "folded",
    "load_network",
    "load_program",
    "merge_tiles",
    "network_input",
    "said_of_tiles",
]
