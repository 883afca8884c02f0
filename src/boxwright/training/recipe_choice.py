"""The recipe of a new training: fitted to its data, or as published."""

import dataclasses

from boxwright.data import Dataset
from boxwright.data.loading.repeat_factors import draws_per_epoch, repeat_factors
from boxwright.settings.training import TrainingSettings
from boxwright.training.fitted_recipe import FittedRecipe, fitted_recipe
from boxwright.training.object_figures import object_figures
from boxwright.training.occasion import Occasion
from boxwright.training.recipe_reasons import said_of_crowds
from boxwright.training.starting_weights import Start
from boxwright.training.trainer import build_trial_trainer


def chosen_recipe(settings: TrainingSettings, start: Start, pictures: Dataset, *, is_own: bool) -> FittedRecipe:
    """Chooses what the settings leave out.

    Args:
        settings: Of the training.
        start: The system, with the weights that it begins with.
        pictures: To train on, whole or cut.
        is_own: Whether the system was given as a whole; its limit of detections stays.
    """
    published, usual = start.system.recipe, start.system.postprocessor.max_detections
    figures, noun = object_figures(pictures), "image" if settings.tile is None else "tile"
    fitted = FittedRecipe(published)
    if settings.recipe == "fitted":
        rare = settings.augmentation.repeat_rare
        rare = published.augmentation.repeat_rare if rare is None else rare
        occasion = Occasion(
            len(pictures),
            settings.epochs,
            start.beginning,
            batch_size=settings.batch_size if isinstance(settings.batch_size, int) else None,
            devices=1 if settings.batch_size else build_trial_trainer(settings).world_size,
            size_spread=figures.size_spread,
            most_objects=figures.most_per_image,
            max_detections=None if is_own else usual,
            draws=draws_per_epoch(repeat_factors(pictures, rare)) if rare else None,
            noun=noun,
        )
        fitted = fitted_recipe(published, occasion, settings.optimization, settings.augmentation)
    most = settings.detections_per_image or fitted.max_detections or usual
    crowds = said_of_crowds(
        figures.most_per_image, noun, most, usual=usual if settings.detections_per_image is None else most
    )
    return dataclasses.replace(fitted, max_detections=most, text=" ".join(filter(None, (fitted.text, crowds))))
