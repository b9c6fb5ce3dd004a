"""What every Splink script here shares: a connection on two cores, a meter for each stage, a quiet log."""
import json
import logging
import resource
import sys
import time
import warnings
from contextlib import contextmanager

import duckdb
from splink import DuckDBAPI

THREADS = 2


def connect():
    """A Splink connection on two cores, as every engine of this comparison has."""
    logging.disable(logging.WARNING)
    warnings.filterwarnings("ignore")
    db = duckdb.connect()
    db.execute(f"set threads = {THREADS}")
    db.execute("set enable_progress_bar = false")
    return DuckDBAPI(db), db


class Meter:
    """CPU and wall seconds by stage; DuckDB works in threads of this process, so its own usage is all there is."""

    def __init__(self):
        self.figures = {}

    @contextmanager
    def stage(self, name):
        cpu, wall = self._cpu(), time.monotonic()
        yield
        self.figures[f"{name}_cpu_s"] = round(self.figures.get(f"{name}_cpu_s", 0) + self._cpu() - cpu, 2)
        self.figures[f"{name}_wall_s"] = round(self.figures.get(f"{name}_wall_s", 0) + time.monotonic() - wall, 2)

    @staticmethod
    def _cpu():
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime

    def write(self, path, **more):
        used = resource.getrusage(resource.RUSAGE_SELF)
        self.figures |= {"cpu_s": round(self._cpu(), 2), "peak_mb": used.ru_maxrss // 1024} | more
        if path:
            with open(path, "w", encoding="utf-8") as file:
                json.dump(self.figures, file)
        print(json.dumps(self.figures), file=sys.stderr)
