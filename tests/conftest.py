"""How the package is checked while it is tested, and what tests of several packages need."""

import gc
import importlib.metadata
import os
import signal
from collections.abc import Iterator
from functools import cache

import pytest
from torchvision.models import vgg

from tests.loaded_python import LoadedPython
from tests.narrow_vgg import WHOLE, narrow_vgg
from tests.order import slow_first
from tests.type_checks import check_quickly

check_quickly()  # before any module of the package is imported
narrow_vgg()
# no test installs a package, and every trainer of Lightning looks through all that are installed
importlib.metadata.entry_points = cache(importlib.metadata.entry_points)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what runs in its background ignore Ctrl-C,
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and nohup the end of the terminal
os.fsync = os.fstat  # type: ignore[assignment]  # no test cuts the power: whether the file is open is checked

from boxwright.kernels.choice import VARIABLE  # noqa: E402

LOADED = (  # beside what these import: what is imported when it is needed first, such as timm, which imports wandb
    "boxwright.training.command",
    "boxwright.prediction",
    "boxwright.evaluation",
    "timm",
    "boxwright.exporting.command",
    "torch.utils.tensorboard",
    "torch._inductor.compile_fx",
    "torch.onnx._internal.exporter._core",
    "onnxscript",
)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Lets no later search for garbage go through the tests themselves, which are millions of objects and stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(trylast=True)  # after the order was made random
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Lets the slow tests run first, and those that ask for processes in one worker, which loads the libraries once."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    is_slow = [item.get_closest_marker("slow") is not None for item in items]
    loads = ["loaded_python" in getattr(item, "fixturenames", ()) for item in items]
    items[:] = slow_first(items, is_slow, [item.path for item in items], workers, loads)


@pytest.fixture(scope="session")
def loaded_python() -> Iterator[LoadedPython]:
    """Runs Python in a process of its own, without loading the libraries and without checks of types."""
    python = LoadedPython(*LOADED)
    yield python
    python.end()


@pytest.fixture(scope="module")
def whole_vgg() -> Iterator[None]:
    """Lets VGG-16 have all its channels, where weights of others are put into it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(vgg.cfgs, "D", list(WHOLE))
        yield


@pytest.fixture
def sparse_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a test of what the sparse implementations hold in memory, whatever the environment says.

    The references make arrays of all targets times all priors on purpose.
    """
    monkeypatch.setenv(VARIABLE, "sparse")
