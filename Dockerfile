# boxwright with the versions of constraints.txt. `docs/containers.md` says how to build and use it.
FROM python:3.11-slim

# `cpu`, or the CUDA that the driver of the machine knows, such as `cu130`: what `uv pip install --torch-backend` takes.
ARG TORCH=cpu

# A compiler, for --compile and for Triton's kernels.
RUN apt-get update --quiet=2 \
    && apt-get install --yes --quiet=2 --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /boxwright
COPY constraints.txt .
RUN python -m pip install --quiet --no-cache-dir --disable-pip-version-check --constraint constraints.txt uv

COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN uv pip install --quiet --no-cache --system --torch-backend "$TORCH" --constraints constraints.txt ".[onnx]"

# Runs are written below the folder that is mounted here, by whoever starts the container.
WORKDIR /data
ENV HOME=/tmp
ENTRYPOINT ["boxwright"]
CMD ["--help"]
