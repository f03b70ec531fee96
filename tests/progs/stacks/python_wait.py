# SPDX-License-Identifier: GPL-2.0
"""Holds memory in a process with three threads that wait; says in the file of its argument which they are.

The lines that the checker expects are found by the comments LINE:NAME.
"""

import sys
import threading

LOCK = threading.Lock()
HELD = b"x" * (24 << 20)


def sleep_in_lock():
    LOCK.acquire()  # LINE:lock


def wait_for(tids, event):
    tids.append(threading.get_native_id())
    event.set()
    sleep_in_lock()  # LINE:wait_for


def tell(path, tids):
    with open(path + ".part", "w") as file:
        file.write(" ".join(map(str, tids)) + "\n")
    import os

    os.rename(path + ".part", path)


def main():
    LOCK.acquire()
    tids = [threading.get_native_id()]
    for _ in range(2):
        event = threading.Event()
        threading.Thread(target=wait_for, args=(tids, event)).start()
        event.wait()
    tell(sys.argv[1], tids)
    sleep_in_lock()  # LINE:main


main()  # LINE:module
