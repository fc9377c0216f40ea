"""The parts of a benchmark, each in a process of its own; the last line is JSON."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
from contests import Bytes, Contest, contests
from PIL import Image

from imglab import samples

TURNS = {256: 31, 1024: 11, 4096: 3, 8192: 1}
QUICK_TURNS = {256: 9, 1024: 5}
LONGEST = 60.0  # seconds that one peer may take at one size; it then has fewer turns
HEAVIEST = {"scikit-image": 170, "OpenCV's tutorial": 80, "piq": 90, "pytorch-msssim": 90}


def photographs(side: int, *, colour: bool) -> tuple[Bytes, Bytes]:
    """Return a mosaic of the bundled photographs, mirrored to size, and a noisy copy."""
    names = samples.names()[:4]
    tiles = [samples.load(name, size=512) for name in names]
    mosaic = np.vstack([np.hstack(tiles[:2]), np.hstack(tiles[2:])])  # (1024, 1024, 3)
    image = mosaic
    while image.shape[0] < side:
        image = np.hstack([image, image[:, ::-1]])
        image = np.vstack([image, image[::-1]])
    image = image[:side, :side] if colour else cv2.cvtColor(image[:side, :side], cv2.COLOR_RGB2GRAY)
    image = np.ascontiguousarray(image)
    noisy = np.empty_like(image)
    rng = np.random.default_rng(side)
    for top in range(0, side, 512):  # in parts: noise in float64 takes eight times the picture
        part = image[top : top + 512]
        noisy[top : top + 512] = np.clip(part + rng.normal(0, 10, part.shape), 0, 255)
    return image, noisy


def seconds(function: Callable[..., Any], *pictures: Bytes) -> tuple[float, float]:
    """Time one call by the clock, and by what the processor gave to this process."""
    begun, given = time.perf_counter(), time.process_time()
    function(*pictures)
    return time.perf_counter() - begun, time.process_time() - given


def difference(ours: Any, theirs: Any) -> float:  # noqa: ANN401
    """Return the largest difference of two results; of maps where both have the place."""
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if a.ndim == b.ndim == 2 and a.shape != b.shape:
        margin = (b.shape[0] - a.shape[0]) // 2
        b = b[margin:-margin, margin:-margin]
    if a.ndim < 2:
        return float(np.max(np.abs(a - b)))
    return max(float(np.max(np.abs(p - q))) for p, q in zip(a, b, strict=True))  # row by row


def fits(peer: str, pixels: int) -> bool:
    """Tell whether a peer's arrays fit into half of the memory that is free."""
    return HEAVIEST.get(peer, 40) * pixels < psutil.virtual_memory().available / 2


def race(side: int, threads: int, *, quick: bool) -> list[dict[str, Any]]:
    """Race every contest at one size, in turns, in an order reversed each time."""
    if not quick:
        import torch

        torch.set_num_threads(threads)
    rows = []
    for colour in (False,) if quick else (False, True):
        x, y = photographs(side, colour=colour)
        picture = f"{side} {'RGB' if colour else 'grey'}"
        for contest in contests(torch=not quick):
            print(f"{picture}: {contest.name}", file=sys.stderr, flush=True)
            rows += one_race(contest, x, y, picture, (QUICK_TURNS if quick else TURNS)[side])
    return rows


def one_race(
    contest: Contest, x: Bytes, y: Bytes, picture: str, turns: int
) -> list[dict[str, Any]]:
    """Race one contest on one pair."""
    pixels = x.shape[0] * x.shape[1]
    peers = [
        p for p in contest.peers if (p.colour or x.ndim == 2) and fits(p.name, pixels * x.ndim)
    ]
    runners = {"imglab": contest.ours, **{peer.name: peer.function for peer in peers}}
    ours = contest.ours(x, y)
    apart = {peer.name: difference(ours, peer.function(x, y)) for peer in peers}
    del ours
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in runners}
    for turn in range(turns):
        for name in list(runners) if turn % 2 else reversed(list(runners)):
            if sum(wall for wall, _ in times[name]) < LONGEST:
                times[name].append(seconds(runners[name], x, y))
    wall, given = (
        {name: 1000 * statistics.median(t[k] for t in found) for name, found in times.items()}
        for k in (0, 1)
    )
    return [
        {
            "contest": contest.name,
            "picture": picture,
            "side": x.shape[0],
            "peer": peer.name,
            "ours": wall["imglab"],
            "theirs": wall[peer.name],
            "ratio": wall[peer.name] / wall["imglab"],
            "given": given[peer.name] / given["imglab"],
            "apart": apart[peer.name],
            "note": peer.note,
        }
        for peer in peers
    ]


def memory(*, quick: bool) -> list[dict[str, Any]]:
    """Measure each function's peak in a process of its own: tracemalloc does not see OpenCV."""
    side = 1024 if quick else 4096
    rows = []
    for colour in (False, True):
        picture = f"{side} {'RGB' if colour else 'grey'}"
        for contest in contests(torch=False):
            runners = ["imglab", *(p.name for p in contest.peers if p.colour or not colour)]
            for runner in runners:
                words = ["peak", contest.name, runner, str(side), str(int(colour))]
                command = [sys.executable, __file__, *words, "--threads", "1"]
                done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
                taken = float(done.stdout.decode("utf-8").splitlines()[-1])
                name = f"{contest.name}, {runner}"
                rows.append({"function": name, "picture": picture, "bytes": taken})
    return rows


def peak(name: str, runner: str, side: int, *, colour: bool) -> float:
    """Return the bytes for each pixel that one call holds at most beyond the pictures."""
    (contest,) = [contest for contest in contests(torch=False) if contest.name == name]
    functions = {"imglab": contest.ours, **{peer.name: peer.function for peer in contest.peers}}
    x, y = photographs(side, colour=colour)
    functions[runner](*(z[:256, :256].copy() for z in (x, y)))  # what is loaded at the first call
    before = psutil.Process().memory_info().rss
    reset_peak()
    found = functions[runner](x, y)
    taken = peak_bytes() - before
    del found
    return max(0.0, taken / side**2)


def reset_peak() -> None:
    """Let Linux forget the largest size of this process so far."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_bytes() -> int:
    """Return the largest size of this process since `reset_peak`."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return 1024 * int(line.split()[1])


def step() -> dict[str, str]:
    """Time a step of an Explorer: a copy, its SSIM map through a table of colours, both sent."""
    import ipywidgets

    from imglab import ssim
    from imglab.course import Explorer

    x, noise = photographs(512, colour=False)
    table = cv2.applyColorMap(np.arange(256, dtype=np.uint8), cv2.COLORMAP_VIRIDIS)
    gray_table = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)

    def draw(share: int, table: Bytes) -> tuple[Bytes, dict[str, str]]:
        y = cv2.addWeighted(x, 1 - share / 100, noise, share / 100, 0)
        ssim_map = ssim.structural_similarity_map(x, y, data_range=255)
        levels = cv2.convertScaleAbs(ssim_map, alpha=127.5, beta=127.5)
        levels = cv2.copyMakeBorder(levels, 5, 5, 5, 5, cv2.BORDER_CONSTANT, value=(128,))
        shown = cv2.LUT(cv2.merge([levels] * 3), table.reshape(1, 256, 3))
        picture = np.hstack([cv2.merge([y] * 3), shown])
        return picture, {"SSIM": f"{ssim_map.mean():.3f}"}

    said = {}
    for name, colours in (("grey", gray_table), ("a table of colours", table)):
        slider = ipywidgets.IntSlider(value=1, min=0, max=100)
        made = Explorer("step", {"share": slider}, lambda share, t=colours: draw(share, t))
        control = made.controls["share"]
        pairs = [seconds(partial(setattr, control, "value", value)) for value in range(2, 62)]
        (wall, given) = ([1000 * pair[k] for pair in pairs] for k in (0, 1))
        said[f"512 x 512, picture and map, {name}"] = (
            f"median {statistics.median(wall):.1f} ms, 95 % below "
            f"{statistics.quantiles(wall, n=20)[-1]:.1f} ms; of the processor "
            f"{statistics.median(given):.1f} ms"
        )
    return said


def whole(*, quick: bool) -> dict[str, str]:
    """Time `imglab compare` on two JPEG photographs, from the command line."""
    said = {}
    for megapixels, shape in ({12: (3000, 4000)} | ({} if quick else {48: (6000, 8000)})).items():
        said.update(one_whole(megapixels, shape))
    return said


def one_whole(megapixels: int, shape: tuple[int, int]) -> dict[str, str]:
    """Time one size."""
    with tempfile.TemporaryDirectory() as folder:
        image, noisy = (z[: shape[0], : shape[1]] for z in photographs(8192, colour=True))
        paths = [Path(folder) / name for name in ("a.jpg", "b.jpg")]
        for path, pixels in zip(paths, (image, noisy), strict=True):
            Image.fromarray(pixels).save(path, quality=90)
        del image, noisy
        command = [sys.executable, "-m", "imglab.cli", "compare", *map(str, paths)]
        times, given, most = [], [], 0.0
        for _ in range(3):
            begun = time.perf_counter()
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
                _, status, used = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            times.append(time.perf_counter() - begun)
            given.append(used.ru_utime + used.ru_stime)
            most = max(most, used.ru_maxrss / 1024)
    wall, processor = statistics.median(times), statistics.median(given)
    said = f"{wall:.2f} s, of the processor {processor:.2f} s, {most:.0f} MiB at most"
    return {f"compare, {megapixels} megapixels": said}


def many(threads: int, count: int) -> dict[str, str]:
    """Time all pairs of one metric over a folder, beside the plain double loop."""
    from dask.distributed import Client, LocalCluster

    from imglab import load
    from imglab.catalogue import METRICS
    from imglab.comparison import compare_folder

    said = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        image, noisy = photographs(4096, colour=True)
        for number in range(count):
            top, left = 16 * number, 512 * (number % 7)
            tile = (noisy if number % 2 else image)[top : top + 512, left : left + 512]
            Image.fromarray(np.ascontiguousarray(tile)).save(folder / f"{number:03}.png")
        files = sorted(folder.iterdir())
        for key in ("mean_squared_error", "ssim", "orb_inliers"):
            metric = METRICS[key]
            pictures = [load(path).pixels for path in files]
            pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
            rng = np.random.default_rng(0)
            asked = rng.permutation(len(pairs))[: min(len(pairs), 1000)]
            begun = time.perf_counter()
            for place in asked:
                metric(*(pictures[k] for k in pairs[place]))
            plain = (time.perf_counter() - begun) * len(pairs) / len(asked)
            del pictures
            said[f"{key}, {len(pairs)} pairs, double loop, from {len(asked)}"] = f"{plain:.1f} s"
            results = {}
            with (
                ProcessPoolExecutor(threads) as processes,
                LocalCluster(
                    n_workers=threads, threads_per_worker=1, dashboard_address=None
                ) as cluster,
                Client(cluster) as client,
            ):
                executors = {"threads": None, "processes": processes, "Dask": client}
                for title, executor in executors.items():
                    reset_peak()
                    begun = time.perf_counter()
                    found = compare_folder(folder, key, size=None, executor=executor)
                    took = time.perf_counter() - begun
                    results[title] = found.values
                    held = peak_bytes() / 2**20
                    said[f"{key}, {title}"] = (
                        f"{took:.1f} s, {plain / took:.1f} times as fast, {held:.0f} MiB here"
                    )
            assert all(
                np.array_equal(v, results["threads"], equal_nan=True) for v in results.values()
            )
        cache = folder.parent / f"{folder.name}.json"
        compare_folder(folder, "ssim", size=None, cache=cache)
        begun = time.perf_counter()
        compare_folder(folder, "ssim", size=None, cache=cache)
        said["ssim, all pairs in the cache"] = f"{time.perf_counter() - begun:.2f} s"
        cache.unlink()
    return said


def main() -> None:
    """Run the wanted part."""
    parser = argparse.ArgumentParser()
    parser.add_argument("part")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(options.threads)
    quick = options.quick
    if options.part == "peak":
        name, runner, side, colour = options.words
        print(peak(name, runner, int(side), colour=colour == "1"))
        return
    parts: dict[str, Callable[[], Any]] = {
        "race": lambda: race(int(options.words[0]), options.threads, quick=quick),
        "memory": lambda: memory(quick=quick),
        "step": step,
        "whole": lambda: whole(quick=quick),
        "many": lambda: many(options.threads, int(options.words[0])),
    }
    print(json.dumps(parts[options.part]()))


if __name__ == "__main__":
    main()
