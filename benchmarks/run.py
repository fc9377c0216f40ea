# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "dask[distributed]>=2024.8",
#   "fast-ssim>=1.4; sys_platform != 'darwin'",
#   "frame-analytics>=0.7; sys_platform == 'linux'",
#   "imglab[course]",
#   "piq>=0.8",
#   "psutil>=6",
#   "pytorch-msssim>=1.0",
#   "torch>=2.14",
# ]
#
# [tool.uv]
# override-dependencies = ["triton; sys_platform == 'never'"]
#
# [tool.uv.sources]
# imglab = { path = "..", editable = true }
# ///
"""imglab beside the libraries that one would take instead, on the same pictures.

Run ``uv run benchmarks/run.py`` on a machine that does nothing else (about
twenty minutes), or with ``--quick`` (under a minute: two sizes, one thread,
no torch). It needs no installation: the packages stand in the head of this
file. Everything is measured side by side in one process, in turns, in an order
that is reversed at every turn; only ratios of medians are worth reading.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SIDES = (256, 1024, 4096, 8192)
PARTS = ("race", "memory", "step", "whole", "many")
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def child(part: str, *words: str, threads: int) -> Any:  # noqa: ANN401
    """Run one part in a process of its own and return what it measured."""
    environment = {**os.environ, **dict.fromkeys(ONE_THREAD, str(threads))}
    environment.pop("OPENBLAS_CORETYPE", None)  # a stale setting would slow NumPy's peers down
    command = [sys.executable, str(HERE / "parts.py"), part, *words, "--threads", str(threads)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.decode("utf-8").splitlines()[-1])


def main() -> None:
    """Measure, print and, where asked for, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two sizes, one thread, no torch")
    parser.add_argument("--only", choices=PARTS, action="append", help="leave out the other parts")
    parser.add_argument("--sides", type=int, nargs="+", choices=SIDES, default=SIDES)
    parser.add_argument("--pictures", type=int, default=200, help="in the folder of `many`")
    parser.add_argument("--output", type=Path, help="a folder for results.json and ratios.png")
    options = parser.parse_args()
    parts = options.only or (("race", "step") if options.quick else PARTS)
    quick = ["--quick"] if options.quick else []
    cores = os.cpu_count() or 1
    found: dict[str, Any] = {"machine": machine()}
    print(f"{found['machine']}\n")
    if "race" in parts:
        for threads in sorted({1} if options.quick else {1, cores}):
            rows = []
            for side in SIDES[:2] if options.quick else options.sides:
                rows += child("race", str(side), *quick, threads=threads)
                found[f"race, threads {threads}"] = rows
                write(found, options.output)
            print_race(rows, threads)
    if "memory" in parts:
        found["memory"] = child("memory", *quick, threads=1)
        print_memory(found["memory"])
    for part in ("step", "whole", "many"):
        if part in parts:
            words = [str(options.pictures)] if part == "many" else quick
            found[part] = child(part, *words, threads=1 if part == "step" else cores)
            print(f"## {part}\n")
            for name, value in found[part].items():
                print(f"- {name}: {value}")
            print()
    write(found, options.output)
    if options.output and "race" in parts:
        draw(found["race, threads 1"], options.output / "ratios.png")


def write(found: dict[str, Any], folder: Path | None) -> None:
    """Write what is known so far, where a folder was asked for."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(found, indent=1)
        (folder / "results.json").write_text(text + "\n", encoding="utf-8")


def machine() -> str:
    """Say in one line what it ran on, and how busy that was."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    system = f"{platform.system()} {platform.machine()}"
    return f"{system}, {os.cpu_count()} cores, Python {platform.python_version()}{load}"


def print_race(rows: list[dict[str, Any]], threads: int) -> None:
    """Print one line for each contest, size and peer."""
    print(f"## Times, {threads} thread{'s' if threads > 1 else ''}\n")
    print(
        "| contest | picture | peer | imglab ms | peer ms | peer / imglab | difference | peer's |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        apart = "" if row["apart"] is None else f"{row['apart']:.1e}"
        print(
            f"| {row['contest']} | {row['picture']} | {row['peer']} | {row['ours']:.3f} "
            f"| {row['theirs']:.3f} | {row['ratio']:.2f} | {row['given']:.2f} | {apart} "
            f"| {row['note']} |"
        )
    print("\nHow time grows with the number of pixels (1.0 is linear):\n")
    for name, exponent in exponents(rows).items():
        print(f"- {name}: {exponent:.2f}")
    print()


def exponents(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Fit the slope of log time over log pixels from 1024 pixels a side on."""
    import numpy as np

    times: dict[str, dict[int, list[float]]] = {}
    for row in rows:
        if row["side"] >= 1024:
            name = f"{row['contest']}, {row['picture'].split()[1]}"
            times.setdefault(name, {}).setdefault(row["side"], []).append(row["ours"])
    slopes = {}
    for name, sides in times.items():
        if len(sides) > 1:
            pixels = np.log([side**2 for side in sides])
            logs = np.log([min(values) for values in sides.values()])
            slopes[name] = float(np.polyfit(pixels, logs, 1)[0])
    return slopes


def print_memory(rows: list[dict[str, Any]]) -> None:
    """Print one line for each function whose peak was measured."""
    print("## Memory beyond the two pictures\n")
    print("| function | picture | bytes per pixel |\n|---|---|---|")
    for row in rows:
        print(f"| {row['function']} | {row['picture']} | {row['bytes']:.1f} |")
    print()


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw the ratios at 1024 pixels a side, as far as they are above 0."""
    from matplotlib.figure import Figure

    shown = [row for row in rows if row["side"] == 1024 and "grey" in row["picture"]]
    labels = [f"{row['contest']}: {row['peer']}" for row in shown]
    figure = Figure(figsize=(6.4, 0.7 + 0.24 * len(shown)), layout="constrained")
    ax = figure.add_subplot()
    colors = ["#0072B2" if row["ratio"] >= 1 else "#D55E00" for row in shown]
    ax.barh(labels, [row["ratio"] for row in shown], color=colors)
    for place, row in enumerate(shown):
        ax.text(row["ratio"] * 1.05, place, f"{row['ratio']:.2g}", va="center", fontsize=8)
    ax.axvline(1, color="black", linewidth=0.8)
    ax.set(xscale="log", xlabel="time of the peer over time of imglab, 1024 x 1024 grey")
    ax.set_xlim(right=3 * max(row["ratio"] for row in shown))
    ax.tick_params(labelsize=8)
    ax.invert_yaxis()
    figure.savefig(path, dpi=100)


if __name__ == "__main__":
    main()
