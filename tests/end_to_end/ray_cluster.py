"""A cluster of Ray with two CPUs on this machine, until its standard input ends.

python ray_cluster.py FOLDER ADDRESS_FILE: puts its files into the folder, whose path must be short, and writes where it
answers into the file. Who wants in must have the token of RAY_AUTH_TOKEN.
"""

import os
import sys
from pathlib import Path

os.environ |= {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_metrics_collection": "0",
    "RAY_worker_niceness": "0",  # else a busy machine would leave its processes no time
}

import ray

TRIES = 4


def start(folder: str, tries: int) -> str:
    """Gives where the cluster answers; Ray allows its start 30 seconds, which are not enough on a busy machine."""
    try:
        started = ray.init(
            address="local",
            num_cpus=2,
            num_gpus=0,
            include_dashboard=False,
            object_store_memory=80 * 2**20,
            log_to_driver=False,
            _temp_dir=folder,
            _node_ip_address="127.0.0.1",
        )
    except Exception:
        if tries == 1:
            raise
        ray.shutdown()
        return start(folder, tries - 1)
    return str(started.address_info["gcs_address"])


if __name__ == "__main__":
    folder, address = sys.argv[1:]
    part = Path(f"{address}.part")
    part.write_text(start(folder, TRIES))
    part.rename(address)
    sys.stdin.read()
    ray.shutdown()
