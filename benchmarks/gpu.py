"""Everything that whoever has a CUDA machine can tell us, in at most eight minutes: `make gpu`.

The tests that need a GPU (with how often steps wait, as the driver counts it), the criterion beside a peer where it is
installed, and images per second of a training with and without its criterion.
"""

import argparse
import subprocess
import sys
import time

import torch

from benchmarks.cells import row
from benchmarks.contestants import criterion_step, ultralytics_step, yolov8_criterion
from benchmarks.measure import median_seconds
from benchmarks.scenes import make_scene
from boxwright import doctor
from boxwright.systems import build_system

SECONDS_FOR_TESTS = 240
SECONDS_OF_ALL = 480


def tests() -> int:
    """Runs the GPU tests; a run over its time counts as failed."""
    command = [sys.executable, "-m", "pytest", "tests/gpu", "--quiet", "-p", "no:randomly"]
    try:
        return subprocess.run(command, timeout=SECONDS_FOR_TESTS, check=False).returncode
    except subprocess.TimeoutExpired:
        print(f"The tests took over {SECONDS_FOR_TESTS} s and were stopped.")
        return 1


def criterion_rows(device: torch.device, batches: tuple[int, ...]) -> None:
    print("\nYOLOv8's losses at 640 × 640, 80 classes, forward and backward; median ms")
    print(row("batch", "targets", "reference", "peer"))
    for batch in batches:
        for targets in (7, 100):
            scene = make_scene([targets] * batch, (8, 256), device=device)
            ours = median_seconds(criterion_step(scene, yolov8_criterion()), device=device, budget=1.0)
            peer = ultralytics_step(scene)
            theirs = "" if peer is None else f"{1e3 * median_seconds(peer, device=device, budget=1.0):.2f}"
            print(row(str(batch), str(targets), f"{1e3 * ours:.2f}", theirs), flush=True)


def training_rows(device: torch.device, batches: tuple[int, ...], canvas: int) -> None:
    print(f"\nTraining yolov8n at {canvas} × {canvas}, bfloat16, channels last: images/s")
    print(row("batch", "with", "without"))
    for batch in batches:
        scene = make_scene([20] * batch, (8, 256), canvas=canvas, device=device)
        system = build_system("yolov8n", 80)
        detector = system.detector.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        images = torch.rand(batch, 3, canvas, canvas, device=device).to(memory_format=torch.channels_last)

        def step(with_criterion: bool, detector=detector, images=images, scene=scene, system=system) -> None:
            with torch.autocast(device.type, torch.bfloat16):
                predictions = detector(images)
                if with_criterion:
                    loss = torch.stack(list(system.criterion(predictions, scene.priors, scene.targets).values())).sum()
                else:
                    loss = sum(block.float().sum() for block in (*predictions.class_logits, *predictions.box_codes))
            loss.backward()
            detector.zero_grad(set_to_none=True)

        speeds = [batch / median_seconds(lambda on=on: step(on), device=device, budget=5.0) for on in (True, False)]
        print(row(str(batch), *(f"{speed:.0f}" for speed in speeds)), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true", help="Small sizes, to see that it runs.")
    options = parser.parse_args()
    device, start = torch.device(options.device), time.monotonic()
    if device.type == "cuda" and not torch.cuda.is_available():
        print("There is no CUDA device here; --device cpu --small shows that the script runs.", file=sys.stderr)
        return 1
    print(doctor())
    failed = tests()
    criterion_rows(device, (1,) if options.small else (1, 16))
    if time.monotonic() - start < SECONDS_OF_ALL - 120:
        training_rows(device, (1,) if options.small else (16, 64), 64 if options.small else 640)
    return failed


if __name__ == "__main__":
    sys.exit(main())
