"""The few operations that are written twice: plainly, and sparsely. `boxwright.kernels.choice` says which one runs."""
