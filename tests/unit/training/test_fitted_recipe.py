"""A recipe is published where there is plenty, and fits where there is not."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boxwright.settings.options import AugmentationOptions, OptimizationOptions, resolve_recipe
from boxwright.settings.recipe import Recipe
from boxwright.systems.retinanet import retinanet_recipe
from boxwright.systems.ssd import ssd_recipe
from boxwright.systems.yolov8 import yolov8_recipe
from boxwright.training.fitted_recipe import FEWEST_IMAGES, PLENTY, fitted_recipe
from boxwright.training.occasion import Beginning, Occasion
from boxwright.training.optimization import schedule_of

PUBLISHED = {
    "yolov5": Recipe(),
    "yolov8": yolov8_recipe(80),
    "retinanet": retinanet_recipe(is_pretrained=False),
    "retinanet, pretrained": retinanet_recipe(is_pretrained=True),
    "ssd": ssd_recipe(is_pretrained=False),
    "ssd, pretrained": ssd_recipe(is_pretrained=True),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_where_there_is_plenty_the_published_recipe_stands(name: str) -> None:
    published = PUBLISHED[name]
    fitted = fitted_recipe(published, Occasion(images=PLENTY, epochs=published.nominal_batch))
    assert (fitted.recipe, fitted.batch_size, fitted.text) == (published, 16, "")


@pytest.mark.parametrize("name", PUBLISHED)
def test_few_images_make_more_steps_of_fewer(name: str) -> None:
    published = PUBLISHED[name]
    fitted = fitted_recipe(published, Occasion(images=300, epochs=30))
    assert fitted.recipe.nominal_batch == fitted.batch_size == FEWEST_IMAGES
    assert (fitted.recipe.optimizer, fitted.recipe.schedule) == ("adamw", "linear")
    before = 9_000 // published.nominal_batch
    assert f"2,250 steps of 4 images in place of {before} of {published.nominal_batch}" in fitted.text


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(sorted(PUBLISHED)),
    images=st.integers(1, 200_000),
    epochs=st.integers(1, 300),
    beginning=st.sampled_from(["nothing", "backbone", "detector"]),
    batch_size=st.none() | st.integers(1, 256),
    devices=st.sampled_from([1, 2, 3, 8]),
)
def test_any_occasion_has_a_recipe_that_can_be_trained_by(
    name: str, images: int, epochs: int, beginning: Beginning, batch_size: int | None, devices: int
) -> None:
    published = PUBLISHED[name]
    fitted = fitted_recipe(published, Occasion(images, epochs, beginning, batch_size, devices))
    recipe = fitted.recipe
    assert recipe.nominal_batch <= published.nominal_batch
    assert recipe.lr <= published.lr
    assert fitted.batch_size == (batch_size or fitted.batch_size)
    assert batch_size or fitted.batch_size % devices == 0
    if recipe.augmentation.mosaic and epochs > 1:
        assert recipe.augmentation.mosaic_in(0, epochs) or published.augmentation.close_mosaic_epochs >= epochs
    batches = -(-images // fitted.batch_size)
    schedule = schedule_of(recipe, epochs, batches, fitted.batch_size)
    assert schedule.warmup <= epochs * batches // 2


def test_what_was_given_is_what_the_rest_is_fitted_to() -> None:
    occasion = Occasion(images=300, epochs=30, batch_size=32)
    assert fitted_recipe(PUBLISHED["yolov5"], occasion).recipe.nominal_batch == 32
    given_batch = OptimizationOptions(nominal_batch=12)
    fitted = fitted_recipe(PUBLISHED["yolov5"], Occasion(images=300, epochs=30), given_batch)
    assert (fitted.recipe.nominal_batch, fitted.batch_size) == (12, 12)
    assert "750 steps of 12 images" in fitted.text


def test_a_learning_rate_alone_is_one_for_the_published_optimiser() -> None:
    occasion = Occasion(images=300, epochs=30)
    for options in (OptimizationOptions(lr=0.02), OptimizationOptions(optimizer="sgd")):
        fitted = fitted_recipe(PUBLISHED["retinanet"], occasion, options)
        assert fitted.recipe.optimizer == "sgd"
        assert fitted.recipe.schedule == "steps"
    fitted = fitted_recipe(PUBLISHED["retinanet"], occasion, OptimizationOptions(optimizer="adamw", lr=0.02))
    resolved = resolve_recipe(fitted.recipe, OptimizationOptions(optimizer="adamw", lr=0.02), AugmentationOptions())
    assert (resolved.optimizer, resolved.lr, resolved.schedule) == ("adamw", 0.02, "linear")


def test_a_start_from_a_detector_is_slower_and_warms_up_shorter() -> None:
    for images in (300, 200_000):
        usual = fitted_recipe(PUBLISHED["yolov8"], Occasion(images, 60)).recipe
        found = fitted_recipe(PUBLISHED["yolov8"], Occasion(images, 60, "detector"))
        assert found.recipe.lr == usual.lr / 2
        assert found.recipe.warmup_epochs == pytest.approx(usual.warmup_epochs / 3)
        assert found.recipe.warmup_min_batches == round(usual.warmup_min_batches / 3)
        assert "half the learning rate, a third of the warm-up" in found.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lr": 0.1}, "already: a third of the warm-up."),
        ({"warmup_epochs": 1.0}, "already: half the learning rate."),
        ({"lr": 0.1, "warmup_epochs": 1.0}, ""),
    ],
)
def test_what_was_given_for_a_start_is_not_said_to_be_chosen(given: dict[str, float], said: str) -> None:
    occasion = Occasion(images=100_000, epochs=100, beginning="detector")
    text = fitted_recipe(PUBLISHED["yolov8"], occasion, OptimizationOptions(**given)).text
    assert text.endswith(said)
    assert bool(said) == ("find objects already" in text)


def test_a_recipe_without_warm_up_gets_none() -> None:
    assert fitted_recipe(Recipe(warmup_epochs=0.0), Occasion(300, 30)).recipe.warmup_epochs == 0


@pytest.mark.parametrize(("spread", "scale"), [(None, 0.5), (1.0, 0.1), (1.2, 0.2), (1.5, 0.5), (4.0, 0.5)])
def test_images_are_scaled_by_no_more_than_sizes_of_a_class_differ_by(spread: float | None, scale: float) -> None:
    fitted = fitted_recipe(PUBLISHED["yolov8"], Occasion(300, 30, size_spread=spread))
    assert fitted.recipe.augmentation.scale == scale
    assert (f"images are scaled by up to {scale:.0%} in place of 50%" in fitted.text) == (scale < 0.5)
    plenty = Occasion(PLENTY, PUBLISHED["yolov8"].nominal_batch, size_spread=spread)
    assert fitted_recipe(PUBLISHED["yolov8"], plenty).recipe == PUBLISHED["yolov8"]


@pytest.mark.parametrize(
    ("spread", "largest", "smallest"),
    [(None, 4.0, 0.3), (1.0, 1.1, 0.91), (1.2, 1.2, 0.83), (2.0, 2.0, 0.5), (3.6, 3.6, 0.3), (5.0, 4.0, 0.3)],
)
def test_frames_and_crops_of_ssd_change_sizes_by_no_more(spread: float | None, largest: float, smallest: float) -> None:
    fitted = fitted_recipe(PUBLISHED["ssd"], Occasion(300, 30, size_spread=spread))
    found = fitted.recipe.augmentation
    assert (found.zoom_out_largest, found.iou_crop_smallest) == (largest, smallest)
    assert (f"frames are up to {largest:g} times as large in place of 4" in fitted.text) == (largest < 4)
    assert (f"parts have {smallest:.0%} of a side or more in place of 30%" in fitted.text) == (smallest > 0.3)
    assert "images are scaled" not in fitted.text


@pytest.mark.parametrize(
    ("given", "unsaid"),
    [({"zoom_out": 0.0}, "frames"), ({"zoom_out_largest": 2.0}, "frames"), ({"iou_crop_smallest": 0.5}, "parts")],
)
def test_a_given_frame_or_crop_is_not_said_to_be_chosen(given: dict[str, float], unsaid: str) -> None:
    text = fitted_recipe(
        PUBLISHED["ssd"], Occasion(300, 30, size_spread=1.2), augmentation=AugmentationOptions(**given)
    ).text
    assert unsaid not in text
    assert {"frames", "parts"} - {unsaid} <= set(text.split())


@pytest.mark.parametrize(
    ("objects", "usual", "wanted"),
    [
        (0, 300, 300),
        (50, 100, 100),
        (51, 100, 200),
        (289, 300, 600),
        (100, 300, 300),
        (289, None, None),
        (10**6, 300, 10**4),
    ],
)
@pytest.mark.parametrize("images", [300, 10**6])
def test_the_fullest_image_has_room_whatever_the_number_of_images(
    objects: int, usual: int | None, wanted: int | None, images: int
) -> None:
    occasion = Occasion(images, 30, most_objects=objects, max_detections=usual)
    fitted = fitted_recipe(PUBLISHED["yolov8"], occasion)
    assert fitted.max_detections == wanted


def test_limits_of_what_was_turned_on_are_said() -> None:
    text = fitted_recipe(
        PUBLISHED["yolov8"], Occasion(300, 30, size_spread=1.2), augmentation=AugmentationOptions(zoom_out=0.5)
    ).text
    assert (
        "so images are scaled by up to 20% in place of 50%, frames are up to 1.2 times as large in place of 4" in text
    )
    assert "parts" not in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (OptimizationOptions(ema_tau=2000.0), "average of the weights"),
        (OptimizationOptions(ema_decay=0.999), "average of the weights"),
        (OptimizationOptions(optimizer="adamw", lr=0.002), "adamw at"),
        (AugmentationOptions(scale=0.4), "images are scaled"),
        (AugmentationOptions(close_mosaic_epochs=3), "no mosaics in the last"),
    ],
)
def test_what_was_given_is_not_said_to_be_chosen(
    options: OptimizationOptions | AugmentationOptions, words: str
) -> None:
    published, occasion = PUBLISHED["yolov5"], Occasion(300, 60, size_spread=1.2)
    published = dataclasses.replace(
        published, augmentation=dataclasses.replace(published.augmentation, close_mosaic_epochs=10)
    )
    assert words in fitted_recipe(published, occasion).text
    is_optimization = isinstance(options, OptimizationOptions)
    asked = (options, None) if is_optimization else (None, options)
    assert words not in fitted_recipe(published, occasion, *asked).text


@pytest.mark.parametrize("images", [1, 5, 205])
@pytest.mark.parametrize(("batch_size", "nominal_batch"), [(None, None), (3, None), (1, 8), (100, 2), (None, 12)])
@pytest.mark.parametrize("warmup_epochs", [None, 0.0, 2.5])
@pytest.mark.parametrize("beginning", ["nothing", "detector"])
def test_the_steps_that_are_said_are_those_that_are_made(
    images: int, batch_size: int | None, nominal_batch: int | None, warmup_epochs: float | None, beginning: Beginning
) -> None:
    epochs, asked = 7, OptimizationOptions(nominal_batch=nominal_batch, warmup_epochs=warmup_epochs)
    fitted = fitted_recipe(PUBLISHED["yolov8"], Occasion(images, epochs, beginning, batch_size), asked)
    recipe = resolve_recipe(fitted.recipe, asked, AugmentationOptions())
    batches = -(-images // fitted.batch_size)
    schedule = schedule_of(recipe, epochs, batches, fitted.batch_size)
    steps = waiting = 0
    for iteration in range(epochs * batches):  # as a training does
        waiting += 1
        if waiting >= schedule.at(iteration).accumulate or (iteration + 1) % batches == 0:
            steps, waiting = steps + 1, 0
    largest = min(images, fitted.batch_size * schedule.accumulate)
    assert f" {steps:,} steps of {largest} image" in fitted.text
    assert recipe.ema_tau <= max(1.0, steps / 10)


def test_images_that_come_more_often_and_tiles_are_said() -> None:
    for occasion, said in (
        (
            Occasion(8, 2, draws=12),
            "8 images (12 pictures an epoch), 2 epochs: 6 steps of 4 images in place of 2 of 12",
        ),
        (Occasion(8, 2, draws=8), "8 images, 2 epochs: 4 steps of 4 images in place of 2 of 8"),
        (Occasion(9, 1, noun="tile"), "9 tiles, 1 epoch: 3 steps of 4 tiles in place of 1 of 9"),
    ):
        assert fitted_recipe(PUBLISHED["yolov8"], occasion).text.startswith(said)


def test_one_epoch_has_mosaics_and_is_said_to() -> None:
    assert "; mosaics to the end." in fitted_recipe(PUBLISHED["yolov8"], Occasion(300, 1)).text


@pytest.mark.parametrize("images", [300, 200_000])
@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "timm:lamb"])
@pytest.mark.parametrize("name", ["yolov5", "yolov8"])
def test_a_start_from_a_detector_is_slower_by_any_optimiser(images: int, optimizer: str, name: str) -> None:
    asked = OptimizationOptions(optimizer=optimizer)
    usual, found = (
        resolve_recipe(
            fitted_recipe(PUBLISHED[name], Occasion(images, 60, beginning), asked).recipe, asked, AugmentationOptions()
        )
        for beginning in ("nothing", "detector")
    )
    assert (found.optimizer, found.lr) == (optimizer, usual.lr / 2)
