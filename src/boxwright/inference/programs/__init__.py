"""Networks in files that other programs run: ONNX Runtime, OpenVINO, `torch.export`."""
