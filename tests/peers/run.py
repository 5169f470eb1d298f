"""Runs tests that others wrote on the library: see README.md beside it."""

import argparse
import multiprocessing
import pathlib
import sys
import time
from collections import Counter
from typing import Iterator

import clinfer
import controls
import deepspeed_cases
import judge
import onnx_cases
from cases import Case, Refused

ROOT = pathlib.Path(__file__).resolve().parents[2]


def failed(name: str, why: str):
    print(f"failed: {name}: {why}; repeat with tests/peers/run.py "
          f"--match '{name}'", flush=True)


class Run:
    """Runs cases one after the other, and counts what becomes of them."""

    def __init__(self, library: clinfer.Library):
        self._library = library
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._controlled: set[str] = set()

    def case(self, case: Case):
        try:
            with case.operands(self._library) as operands:
                results = case.run(operands)
                found = judge.faults(results, operands, case.tolerance)
                if not found and case.group not in self._controlled:
                    found = self._control(case, results, operands)
        except Refused as reason:
            self.refused[str(reason)] += 1
            return
        except Exception as error:  # of whatever kind: the others go on
            found = [f"{type(error).__name__}: {error}"]
        self.counts["failed" if found else "passed"] += 1
        for fault in found:
            failed(case.name, fault)

    def _control(self, case: Case, results, operands) -> list[str]:
        noticed = controls.run(results, operands, case.tolerance)
        if controls.SWAPPED in noticed:  # elsewhere no two values differ
            self._controlled.add(case.group)
        self.counts["controls"] += len(noticed)
        return [f"the negative control '{what}' was not noticed"
                for what, was_noticed in noticed.items() if not was_noticed]


def chosen(options) -> Iterator[Case]:
    suites = {"onnx": onnx_cases.cases,
              "deepspeed": lambda: deepspeed_cases.cases(options.whole)}
    for name, cases in suites.items():
        if options.suite in (None, name):
            yield from (case for case in cases() if options.match in case.name)


def run_chosen(options, current) -> None:
    """`current` receives the name of each case, for who survives it."""
    start = time.monotonic()
    clinfer.check_against_header(options.library.parents[1] / "include",
                                 ROOT / "include")
    library = clinfer.Library(options.library)
    run = Run(library)
    for case in chosen(options):
        current.value = case.name.encode()
        run.case(case)
    library.close()
    current.value = b""
    for reason, count in run.refused.items():
        print(f"left out, {count} times: {reason}")
    print(f"{run.counts['controls']} negative controls; "
          f"{time.monotonic() - start:.0f} s")
    print(f"{run.counts['passed']} passed, {run.counts['failed']} failed")
    sys.exit(run.counts["failed"] > 0 or run.counts["passed"] == 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=("onnx", "deepspeed"))
    parser.add_argument("--match", default="", metavar="TEXT",
                        help="only cases with this in their names")
    parser.add_argument("--whole", action="store_true",
                        help="with DeepSpeed's largest products")
    parser.add_argument("--library", type=pathlib.Path, metavar="PATH",
                        default=ROOT / "build/src/libclinfer.so")
    # In a process of its own, since a driver may end it.
    spawned = multiprocessing.get_context("spawn")
    current = spawned.Array("c", 256, lock=False)
    child = spawned.Process(target=run_chosen,
                            args=(parser.parse_args(), current))
    child.start()
    child.join()
    if current.value:
        failed(current.value.decode(), f"the run ended here, with exit code "
                                       f"{child.exitcode}")
    return child.exitcode != 0


if __name__ == "__main__":
    sys.exit(main())
