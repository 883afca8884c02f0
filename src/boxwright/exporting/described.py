"""What an export writes about itself."""

from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from boxwright.data.transforms.composition import FILL
from boxwright.exporting.shapes import GraphShapes
from boxwright.inference.programs.description import ProgramDescription
from boxwright.inference.programs.possible_values import POSTPROCESSING
from boxwright.models.download import file_sha256
from boxwright.settings.export import ExportSettings
from boxwright.systems import ModelCard, System

INTERPOLATION = {"shrinking": "area", "enlarging": "bilinear"}


def described(
    system: System, card: ModelCard, shapes: GraphShapes, settings: ExportSettings, *, file: str, weights: Path | None
) -> ProgramDescription:
    """Puts together what the file says.

    Args:
        system: As it is exported.
        card: Of the model.
        shapes: Sizes of the inputs.
        settings: Of the export.
        file: Name of the file.
        weights: The model file, or None where there is none.
    """
    takes_bytes, suppresses = settings.input == "uint8", settings.nms == "graph"
    norm, dialect = system.normalization, card.options.get("dialect")
    return ProgramDescription(
        file=file,
        program=settings.format,
        precision=settings.precision,
        batch=shapes.batch,
        canvas_size=shapes.canvas_size or card.canvas_size,
        canvas_multiple=None if shapes.canvas_size else shapes.multiple,
        input=settings.input,
        channel_order=settings.channels,
        mean=(0.0, 0.0, 0.0) if takes_bytes else norm.mean,
        std=(1.0, 1.0, 1.0) if takes_bytes else norm.std,
        nms=settings.nms,
        inputs=("images", "windows") if suppresses else ("images",),
        outputs=output_names(system, suppresses=suppresses),
        fit=system.fit,
        pad_value=FILL,
        interpolation=INTERPOLATION,
        levels=_levels(system, shapes),
        usual_threshold=card.usual_threshold,
        postprocessing={name: getattr(system.postprocessor, name) for name in POSTPROCESSING},
        categories=card.categories,
        category_ids=card.category_ids,
        system=card.system,
        dialect=None if dialect is None else str(dialect),
        licence=card.licence,
        weights_sha256="" if weights is None else file_sha256(weights),
        boxwright_version=version("boxwright"),
        card=asdict(card),
    )


def output_names(system: System, *, suppresses: bool) -> tuple[str, ...]:
    """Names the outputs, in order.

    Args:
        system: That is exported.
        suppresses: Whether repeated boxes are removed in the graph.
    """
    found = ("detections", "counts") if suppresses else ("boxes", "scores")
    return (*found, "coefficients", "prototypes") if system.mask_stride is not None else found


def _levels(system: System, shapes: GraphShapes) -> tuple[dict[str, int], ...]:
    grids = system.prior_generator(shapes.example_canvas, "cpu").grids
    return tuple({"stride": grid.stride, "per_cell": grid.priors_per_cell} for grid in grids)
