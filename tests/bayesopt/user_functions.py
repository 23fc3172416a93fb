"""What users' functions do, well and badly; each runs in a process of its own."""

import os
import subprocess
import sys
import time

CALLS = []


def length(smiles):
    print("a function may print")
    return [float(len(item)) for item in smiles]


def array(smiles):
    import numpy as np  # late, as it would slow the start of every process

    return np.array([len(item) for item in smiles], dtype=np.float32)


def calls_so_far(smiles):
    CALLS.append(smiles)
    return [len(CALLS)] * len(smiles)


def odd_values(smiles):
    odd = [None, float("nan"), float("inf"), "high", True, 1e300, [1], 7]
    return odd[: len(smiles)]


def too_few(smiles):
    return [1.0] * (len(smiles) - 1)


def no_list(smiles):
    return None


def raises_on_nitrogen(smiles):
    if any("N" in item for item in smiles):
        raise ValueError("nitrogen is too hard")
    return [1.0] * len(smiles)


def hangs_on_nitrogen(smiles):
    if any("N" in item for item in smiles):
        time.sleep(600)
    return [1.0] * len(smiles)


def hangs_with_a_child(smiles):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(os.environ["CHILD_PID"], "w") as file:  # noqa: PTH123
        file.write(str(child.pid))
    time.sleep(600)


def dies_on_nitrogen(smiles):
    if any("N" in item for item in smiles):
        os._exit(3)
    return [1.0] * len(smiles)
