import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys, threading
from app.cli.heap import share_heaps

if sys.argv[1] == "shared":
    share_heaps()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
meet = threading.Barrier(8)

def allocate():
    meet.wait()
    for _ in range(50):
        libc.malloc(ctypes.c_size_t(4096))
    meet.wait()

threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
file = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def number_of_heaps(how, folder):
    report = folder / how
    subprocess.run([sys.executable, "-c", PROGRAM, how, report], check=True)  # noqa: S603
    return report.read_text().count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="of glibc")
def test_threads_share_a_few_heaps(tmp_path):
    assert number_of_heaps("shared", tmp_path) <= 2 < number_of_heaps("plain", tmp_path)
