"""The command: what it prints, its exit status, and one line for each bad input."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imglab import __version__, calibration, cli, invariance, samples
from imglab.catalogue import METRICS
from imglab.cli.matrix import Bar
from imglab.image import encode_png

CYRILLIC = "Мои документы/портрет 😀.png"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "Мои документы"
    folder.mkdir()
    for i in range(3):
        Image.new("RGB", (30, 20), (i * 20, 0, 0)).save(folder / f"{i}.png")
    Image.new("RGB", (30, 20), (200, 10, 10)).save(tmp_path / CYRILLIC)
    return tmp_path


def test_compare_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["compare", "astronaut", "hopper"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "astronaut (384x384) and hopper (384x384)"
    for line, metric in zip(lines[3:], METRICS.values(), strict=False):
        assert line.startswith(metric.title)
    assert lines[3 + len(METRICS) :][:1] == [""]  # and then the verdict
    assert lines[-1].startswith("by keypoints: ")
    assert len(lines) == 5 + len(METRICS)
    assert err == ""


def test_compare_prints_json(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["compare", "astronaut", str(pictures / CYRILLIC), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["version"] == 1
    assert document["pictures"][1]["name"] == Path(CYRILLIC).name
    records = {record["metric"]: record for record in document["metrics"]}
    assert list(records) == list(METRICS)
    # one colour fills the second picture: no corner, and that is said
    assert records["orb_inliers"]["undefined"].endswith("image1 has no keypoints")
    assert records["orb_inliers"]["equal_pictures_give"] is None


def test_compare_against_a_folder(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = pictures / "Мои документы"
    assert cli.main(["compare", str(folder / "0.png"), "hopper", "--against", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "of 6 pairs of 'Мои документы'" in out
    assert "undefined: SIFT points found again do not exist for this pair: image0 has no key" in out


def bad_inputs(folder: Path) -> dict[str, list[str]]:
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_text("no picture", encoding="utf-8")
    good = (folder / "Мои документы" / "0.png").read_bytes()
    (folder / "cut.png").write_bytes(good[: len(good) // 2])
    (folder / "few").mkdir()
    return {
        "missing file": [str(folder / "none.png"), "hopper"],
        "unknown name": ["astronaut", "nobody"],
        "folder as picture": [str(folder), "hopper"],
        "empty file": [str(folder / "empty.png"), "hopper"],
        "no picture": ["hopper", str(folder / "text.png")],
        "damaged": ["hopper", str(folder / "cut.png")],
        "reference missing": ["astronaut", "hopper", "--against", str(folder / "none")],
        "reference is a file": ["astronaut", "hopper", "--against", str(folder / "cut.png")],
        "reference too small": ["astronaut", "hopper", "--against", str(folder / "few")],
    }


@pytest.mark.parametrize(
    "kind",
    [
        "missing file",
        "unknown name",
        "folder as picture",
        "empty file",
        "no picture",
        "damaged",
        "reference missing",
        "reference is a file",
        "reference too small",
    ],
)
def test_bad_input_gives_status_2_and_one_line(
    kind: str, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compare", *bad_inputs(pictures)[kind]]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Cannot use '")
    assert err.count("\n") == 1
    assert len(err) <= 221


def test_an_unwritable_output_gives_status_2_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "METRICS", {})
    assert cli.main(["calibrate", "--output", str(tmp_path / "none" / "new.json")]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "new.json" in err


def test_calibrate_writes_where_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "METRICS", {})
    assert cli.main(["calibrate", "--output", str(tmp_path / "new.json")]) == 0
    assert capsys.readouterr().out == "wrote new.json\n"
    assert json.loads((tmp_path / "new.json").read_text(encoding="utf-8"))["size"] == 256


def test_version_help_and_wrong_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"imglab {__version__}\n"
    with pytest.raises(SystemExit, match=r"^0$"):
        cli.main(["--help"])
    out = capsys.readouterr().out
    for command in ("compare", "calibrate", "lab", "doctor", "build"):
        assert command in out
    for words in ([], ["compare", "astronaut"], ["frobnicate"]):
        with pytest.raises(SystemExit, match=r"^2$"):
            cli.main(words)


def test_a_course_command_without_its_packages_names_the_cure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jupyterlab", None)

    def missing(name: str) -> None:
        raise ModuleNotFoundError(name="jupyterlab")

    monkeypatch.setattr(cli.importlib, "import_module", missing)
    assert cli.main(["lab"]) == 2
    assert "pip install 'imglab[course]'" in capsys.readouterr().err


def run_in_console(encoding: str, *words: str) -> tuple[str, set[str]]:
    """Run the command in a console of an encoding; return what it prints and loads."""
    program = (
        "import sys; from imglab.cli import main; status = main(sys.argv[1:]);"
        "print(*sorted({name.split('.')[0] for name in sys.modules})); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        check=False,
    )
    text = done.stdout.decode(encoding)
    assert done.returncode == 0, done.stderr.decode(encoding)
    assert done.stderr == b""
    return text, set(text.splitlines()[-1].split())


@pytest.mark.parametrize("encoding", ["cp1251", "cp1252"])
def test_a_console_of_few_letters_shows_any_name_and_loads_only_what_compares(
    encoding: str, pictures: Path
) -> None:
    text, loaded = run_in_console(encoding, "compare", str(pictures / CYRILLIC), "hopper")
    name = "портрет" if encoding == "cp1251" else r"\u043f\u043e\u0440\u0442\u0440\u0435\u0442"
    assert text.startswith(rf"{name} \U0001f600.png (30x20) and hopper (384x384)")
    assert loaded >= {"imglab", "numpy", "PIL"}
    assert not loaded & {"torch", "IPython", "ipywidgets", "jupyterlab", "matplotlib", "skimage"}


def test_matrix_prints_the_stored_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["matrix", "--metrics", "mean_squared_error"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("The same scene, changed, against another picture: 20 pictures")
    assert "\nshift 1   " in out
    assert err == ""


def test_matrix_measures_a_folder_and_draws_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "Мои документы"
    folder.mkdir()
    for name in ("astronaut", "coffee", "macaw"):
        Image.fromarray(samples.load(name, size=24)).save(folder / f"{name}.png")
    wall = tmp_path / "wall.png"
    words = ["matrix", str(folder), "--metrics", "mean_absolute_error", "--json"]
    assert cli.main([*words, "--figure", str(wall)]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["pictures"] == ["astronaut.png", "coffee.png", "macaw.png"]
    assert err == ""  # no terminal, no bar
    with Image.open(wall) as drawn:
        assert drawn.format == "PNG"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none"], "Cannot use 'none': it is no readable folder of reference pictures."),
        (["--metrics", "psnr"], "metrics must be keys of the catalogue, got 'psnr'"),
        (["--figure", "none/wall.png", "--metrics", "ssim"], "Cannot write or read 'none"),
    ],
)
def test_a_matrix_that_cannot_be_made_gives_status_2_and_one_line(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert cli.main(["matrix", *words]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(said)


def test_matrix_recomputes_both_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(samples, "data_path", lambda name: tmp_path / name)
    for name in ("write", "write_screens", "write_drawings"):
        monkeypatch.setattr(
            invariance, name, lambda path, deep, progress: asked.append((path.name, deep))
        )
    assert cli.main(["matrix", "--recompute"]) == 0
    assert asked == [("matrix.json", 0), ("screens.json", 0), ("drawings.json", 0)]
    assert capsys.readouterr().out == (
        "wrote matrix.json\nwrote screens.json\nwrote drawings.json\n"
    )
    assert cli.main(["matrix", "--recompute", "--deep"]) == 0
    names = ["matrix_deep.json", "screens_deep.json", "drawings_deep.json"]
    assert asked[3:] == [(name, 1) for name in names]


def test_stopping_a_matrix_says_so_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(invariance, "matrix", stopped)
    assert cli.main(["matrix"]) == 2
    assert capsys.readouterr().err == "\nStopped; nothing was written.\n"


def pictures_of_three_levels(folder: Path) -> None:
    for name, level in (("black", 0), ("dark", 30), ("light", 200)):
        flat = np.full((20, 20, 3), level, dtype=np.uint8)
        (folder / f"{name}.png").write_bytes(encode_png(flat))


def test_pairs_prints_the_nearest_first_and_keeps_the_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, cache = tmp_path / "pictures", tmp_path / "kept.json"
    folder.mkdir()
    pictures_of_three_levels(folder)
    (folder / "notes.txt").write_text("no picture", encoding="utf-8")
    words = ["pairs", str(folder), "--metric", "mean_absolute_error", "--cache", str(cache)]
    assert cli.main(words) == 0
    note, *lines = capsys.readouterr().out.splitlines()
    assert note.startswith("note: Cannot use 'notes.txt'")
    # 30 - 0, 200 - 30, 200 - 0
    assert lines == [
        "30.0000  black.png  dark.png",
        "170.0000  dark.png  light.png",
        "200.0000  black.png  light.png",
    ]
    assert len(json.loads(cache.read_text(encoding="utf-8"))["imglab pairs"]) == 3
    assert cli.main([*words, "--nearest", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == lines[:1]


def test_stopping_pairs_says_what_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("imglab.comparison.compare_folder", stopped)
    assert cli.main(["pairs", str(tmp_path), "--cache", "a/kept.json"]) == 2
    assert capsys.readouterr().err == "\nStopped; what is known is kept in kept.json.\n"
    assert cli.main(["pairs", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "\nStopped.\n"


def test_the_bar_grows_on_a_terminal_and_ends_its_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    times = iter([0.0, 10.0, 10.05, 20.0])
    monkeypatch.setattr("imglab.cli.matrix.time.monotonic", lambda: next(times))
    bar = Bar()
    for done in (1, 2, 3):
        bar(done, 3)
    # a third after 10 s leaves 20 s; 0.05 s later nothing is drawn; the end always is
    assert capsys.readouterr().err == (
        f"\r[{'#' * 10}{'.' * 20}] 1 of 3 pairs, 20 s left \r[{'#' * 30}] 3 of 3 pairs, 0 s left \n"
    )


# --- a page, a part, a status for a script -------------------------------------------------


def test_compare_writes_a_report_beside_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "out.html"
    words = ["compare", "astronaut", "hopper", "--report", str(place), "--fail-if", "ssim<2"]
    assert cli.main(words) == 1  # and the page was written all the same
    out, err = capsys.readouterr()
    assert out.startswith("astronaut (384x384) and hopper (384x384)\n")
    assert err.startswith("ssim<2: true, the value is ")
    text = place.read_text(encoding="utf-8")
    assert text.endswith("</html>\n")
    assert "ssim&lt;2: true, the value is " in text


@pytest.mark.parametrize("where", ["none/out.html", "folder.html", "out.png"])
def test_a_report_that_cannot_be_written_is_found_before_the_work(
    where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder.html").mkdir()
    words = ["compare", "astronaut", "hopper", "--report", str(tmp_path / where)]
    assert cli.main(words) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert [p.name for p in tmp_path.iterdir()] == ["folder.html"]


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ([], 0),
        (["mean_squared_error>0"], 0),  # equal pictures
        (["mean_squared_error>0", "ssim@256<1", "differing_fraction>0"], 0),
        (["mean_squared_error>0", "ssim>=1"], 1),
        (["peak_signal_noise_ratio<inf"], 0),
        (["peak_signal_noise_ratio>=inf"], 1),
        # flat pictures have no correlation and no keypoint: never "passed", not even beside a hit
        (["normalized_cross_correlation<0.9"], 2),
        (["orb_inliers<8"], 2),
        (["ssim>=1", "normalized_cross_correlation<0.9"], 2),
    ],
)
def test_the_exit_status_answers_the_conditions(
    conditions: list[str], status: int, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flat = str(pictures / "Мои документы" / "0.png")
    words = [word for condition in conditions for word in ("--fail-if", condition)]
    assert cli.main(["compare", flat, flat, "--json", *words]) == status
    out, err = capsys.readouterr()
    assert json.loads(out)["version"] == 1
    assert [line.partition(":")[0] for line in err.splitlines()] == conditions


def test_pictures_of_two_sizes_never_pass_by_accident(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flat = str(pictures / "Мои документы" / "0.png")
    assert cli.main(["compare", flat, "hopper", "--fail-if", "ssim<0.5"]) == 2
    assert "not decided, the sizes differ; ask for ssim@256" in capsys.readouterr().err
    assert cli.main(["compare", flat, "hopper", "--fail-if", "ssim@256<0.5"]) == 1


@pytest.mark.parametrize("condition", ["ssim=1", "nothing<1", "ssim<nan", "", "ssim@64<1"])
def test_an_unreadable_condition_is_one_sentence_and_status_2(
    condition: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compare", "astronaut", "hopper", "--fail-if", condition]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("a condition must ")


def test_a_mask_is_a_third_picture(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = pictures / "Мои документы"
    Image.new("L", (30, 20), 255).save(pictures / "mask.png")
    words = ["compare", str(folder / "0.png"), str(folder / "1.png")]
    assert cli.main([*words, "--mask", str(pictures / "mask.png"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["mask"] == {"name": "mask.png", "pixels": 600, "of": 600}
    for bad in ("astronaut", str(pictures / "none.png"), str(folder / "0.png")):
        assert cli.main([*words, "--mask", bad]) == 2  # too large, missing, all black
        assert capsys.readouterr().err.count("\n") == 1


def test_help_tells_the_exit_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        cli.main(["compare", "--help"])
    out = capsys.readouterr().out
    for words in ("exit status:", "could not be decided", "ssim@256<0.98"):
        assert words in out
