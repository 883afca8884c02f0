"""What connects boxwright, torchvision and an example in numpy with the suite."""
