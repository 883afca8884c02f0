"""What an actor of the pool does: it keeps a network, and makes rows of pictures."""

import pyarrow

from boxwright.cluster.row_schema import table_of
from boxwright.data.images.header import cannot_open
from boxwright.prediction.row_predictor import RowPredictor
from boxwright.prediction.rows import row_of_fault


class Finder:
    """Finds objects in what the reader has read; the model is loaded for the first batch.

    Args:
        predictor: As it travelled.
    """

    def __init__(self, predictor: RowPredictor) -> None:
        self._predictor = predictor

    def __call__(self, pictures: pyarrow.Table) -> pyarrow.Table:
        """Gives a row per picture, in order.

        Args:
            pictures: From `read_pictures`.
        """
        given = pictures.to_pylist()
        read = [each for each in given if each["fault"] is None]
        found = iter(self._predictor([each["content"] for each in read], [each["path"] for each in read]))
        return table_of(
            next(found)
            if each["fault"] is None
            else row_of_fault(each["path"], str(cannot_open(each["path"], OSError(0, each["fault"]))))
            for each in given
        )
