# SPDX-License-Identifier: GPL-2.0
"""What the benchmarks share: their kernels, and the emulated machine they run in.

From the environment: O (build directory), OOMTRACE_STATIC.
"""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VM = os.path.join(HERE, "..", "vm")
O = os.path.abspath(os.environ.get("O", os.path.join(HERE, "..", "..", "build")))


def kernels(arguments, default):
    """Yields (release, path) for each argument, or of the default where there is none: a path of an image, or a
    series that tests/vm/fetch knows. A series that cannot be had here is left out, and said to be.
    """
    arguments = arguments or default
    paths = [argument for argument in arguments if "/" in argument]
    series = [argument for argument in arguments if "/" not in argument]
    if series:
        fetched = subprocess.run([os.path.join(VM, "fetch")] + series, stdout=subprocess.PIPE,
                                 env=dict(os.environ, O=O))
        if fetched.returncode:
            sys.exit(fetched.returncode)
        for line in fetched.stdout.decode().splitlines():
            name, path = line.split(" ", 1)
            if path.startswith("- "):
                print("Linux %s is left out: %s" % (name, path[2:]))
            else:
                paths.append(path)
    for path in paths:
        yield os.path.basename(path).replace("vmlinuz-", ""), path


def run(name, release, kernel, extra=(), arguments=(), **environment):
    """Runs tests/bench/guest_NAME in a machine; returns the directory with what it left. EXTRA: further files for the
    machine; ARGUMENTS: further ones for its kernel.
    """
    out = os.path.join(O, "vm", "bench", "%s.%s" % (name, release))
    os.makedirs(os.path.dirname(out), exist_ok=True)
    initramfs = out + ".cpio"
    environment = dict(os.environ, PROGS=os.path.join(O, "tests", "progs"),
                       OOMTRACE=os.environ.get("OOMTRACE_STATIC",
                                               os.path.join(O, "static", "oomtrace")),
                       **environment)
    try:
        subprocess.run([os.path.join(VM, "initramfs"), initramfs] + list(extra), env=environment,
                       check=True)
        subprocess.run([os.path.join(VM, "boot"), kernel, "v2", out, initramfs,
                        "oomtrace.run=bench_" + name] + list(arguments), env=environment, check=True)
    except subprocess.CalledProcessError as error:
        sys.exit("tests/bench/%s: %s failed" % (name, os.path.basename(error.cmd[0])))
    finally:
        if os.path.exists(initramfs):
            os.unlink(initramfs)
    with open(os.path.join(out, "rc"), encoding="utf-8") as file:
        status = file.read().strip()
    if status != "0":
        with open(os.path.join(out, "run.log"), encoding="utf-8", errors="replace") as file:
            sys.exit("tests/bench/%s: %s" % (name, file.read().strip()))
    return out
