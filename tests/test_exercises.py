"""A check helps, never tells, and never raises: tried on a toy lesson and on every real one."""

import json
import re
import sys
import types

import numpy as np
import pytest
import scipy.optimize

from imglab import near_duplicates
from imglab.course import exercises
from imglab.course.exercises import Exercise, bug_hunt, check, every_exercise, solution


def mean_square(x, y):
    """The tested solution of toy-1."""
    return float(np.mean((x.astype(float) - y.astype(float)) ** 2))


def in_bytes(x, y):
    return float(np.mean((x - y) ** 2))


def without_mean(x, y):
    return float(np.sum((x.astype(float) - y.astype(float)) ** 2))


def negative(x):
    return 255 - x


def differing(x, y):
    return int(np.count_nonzero(x != y))


def make_dark_pair():
    return np.zeros((2, 2)), np.ones((2, 2))


def is_dark_pair(made):
    dark, light = made
    if not np.all(dark < light):
        return False, "the first must be darker everywhere"
    return True, "the first is darker everywhere"


def byte(*rows):
    return np.array(rows, dtype=np.uint8)


# mean_square: (200 - 190)^2 = 100; (10 - 20)^2 = 100, one pixel of two differs: 50; 170^2 = 28900
PAIRS = (
    ("two flat pictures", (byte([200, 200]), byte([190, 190]))),
    ("a darker and a lighter picture", (byte([10, 7]), byte([20, 7]))),
    ("a large difference", (byte([10, 10]), byte([180, 180]))),
)
TOY = (
    Exercise(
        id="toy-1",
        task="Compute the mean squared error.",
        reference=mean_square,
        cases=PAIRS,
        tolerance=1e-9,
        misconceptions=(
            (in_bytes, "10 - 20 is 246 in uint8."),
            (without_mean, "a mean is a sum divided by a count."),
        ),
    ),
    Exercise(
        id="toy-2",
        task="Compute the negative.",
        reference=negative,
        cases=(("a ramp", (byte([0, 1], [2, 3]),)), ("black", (byte([0, 0]),))),
    ),
    Exercise(
        id="toy-3",
        task="Make a dark and a light picture.",
        reference=make_dark_pair,
        kind="target",
        verifier=is_dark_pair,
    ),
    Exercise(id="toy-4", task="Repair in_bytes.", reference=mean_square, cases=PAIRS, kind="bug"),
    Exercise(id="toy-5", task="Count what differs.", reference=differing, cases=PAIRS),
)


def toy_module():
    module = types.ModuleType("imglab.course.exercises.toy")
    module.EXERCISES = TOY
    return module


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setitem(sys.modules, "imglab.course.exercises.toy", toy_module())
    monkeypatch.delenv("IMGLAB_STATE", raising=False)
    monkeypatch.delenv("IMGLAB_SOLUTIONS", raising=False)
    restart(monkeypatch)


def restart(monkeypatch):
    monkeypatch.setattr(exercises, "_tries", {})
    monkeypatch.setattr(exercises, "_solved", set())


def said(capsys):
    return capsys.readouterr().out.splitlines()


# --- every exercise, six ways ------------------------------------------------------------

EVERY = [*TOY, *(e for lesson in exercises.lessons() for e in every_exercise(lesson))]


def hand_in(exercise, attempt, capsys):
    (bug_hunt if exercise.kind == "bug" else check)(exercise.id, attempt)
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.endswith("\n")
    assert captured.out.count("\n") == 1
    assert captured.out.isascii()
    assert len(captured.out) < 500
    return captured.out.removesuffix("\n")


def is_right(line):
    return re.match(r"[a-z0-9_-]+: (right|repaired):", line) is not None


def changed(value, change):
    """Change a result of any kind in one place."""
    if isinstance(value, tuple):
        return (changed(value[0], change), *value[1:])
    return change(value)


def off_by_one(value):
    if isinstance(value, bool | np.bool_):
        return not value
    if isinstance(value, str):
        return value + "x"
    return value + np.ones((), dtype=value.dtype) if isinstance(value, np.ndarray) else value + 1


def of_wrong_kind(value):
    if isinstance(value, np.ndarray):
        return value.astype(np.float32 if value.dtype != np.float32 else np.float64)
    return [value] if isinstance(value, str) else str(value)


@pytest.mark.parametrize("exercise", EVERY, ids=lambda exercise: exercise.id)
class TestEveryExercise:
    def test_untouched_is_no_attempt(self, exercise, capsys):
        def only_dots(*arguments): ...

        def with_docstring(*arguments):
            """Say what it should do."""

        def with_blanks(*arguments):
            difference = ...
            return difference**2

        for attempt in (..., None, only_dots, with_docstring, lambda *arguments: ..., with_blanks):
            line = hand_in(exercise, attempt, capsys)
            if exercise.kind == "bug":
                assert line.startswith(f"{exercise.id}: not repaired yet: ")
            elif exercise.kind == "target" and attempt is with_blanks:
                assert not is_right(line)
            else:
                assert line == f"{exercise.id}: not attempted yet"

    def test_the_reference_is_right(self, exercise, capsys):
        if exercise.kind == "target":
            made = exercise.reference()  # once: it may search the gallery
            assert is_right(hand_in(exercise, made, capsys))
            assert is_right(hand_in(exercise, lambda: made, capsys))
        else:
            assert is_right(hand_in(exercise, exercise.reference, capsys))
            assert f"{len(exercise.cases)} input" in hand_in(exercise, exercise.reference, capsys)

    @pytest.mark.parametrize("constant", [0, 0.5, True, "one", [], (), np.float32(1), np.zeros(3)])
    def test_a_constant_is_wrong(self, exercise, capsys, constant):
        assert not is_right(hand_in(exercise, lambda *arguments: constant, capsys))
        if exercise.kind == "target":
            assert not is_right(hand_in(exercise, constant, capsys))

    def test_what_raises_is_named(self, exercise, capsys):
        def attempt(*arguments):
            raise KeyError(*["no such key"])

        line = hand_in(exercise, attempt, capsys)
        assert "it raised KeyError ('no such key')" in line

    def test_each_known_mistake_is_wrong_and_gets_its_own_hint(self, exercise, capsys):
        if exercise.kind == "bug":  # the first wrong try is the bug as found: no hint yet
            found = hand_in(exercise, lambda *arguments: "as found", capsys)
            assert "Hint:" not in found
        for function, hint in exercise.misconceptions:
            line = hand_in(exercise, function, capsys)
            assert not is_right(line)
            assert line.endswith(f"Hint: {hint.rstrip('.')}.")

    def test_its_record_reads_well(self, exercise):
        assert re.fullmatch(r"[a-z][a-z0-9_]*-\d+", exercise.id)
        assert exercise.task.endswith(".")
        labels = [label for label, _ in exercise.cases]
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("exercise", [e for e in EVERY if e.cases], ids=lambda e: e.id)
class TestEveryExerciseWithInputs:
    @pytest.mark.parametrize("change", [off_by_one, of_wrong_kind])
    def test_a_changed_result_is_wrong(self, exercise, capsys, change):
        def attempt(*arguments):
            return changed(exercise.reference(*arguments), change)

        line = hand_in(exercise, attempt, capsys)
        assert not is_right(line)
        assert exercise.cases[0][0] in line

    def test_the_first_expected_value_is_no_answer_to_all(self, exercise, capsys):
        first = exercise.reference(*exercise.cases[0][1])
        assert not is_right(hand_in(exercise, lambda *arguments: first, capsys))


def test_the_least_work_on_a_circle_is_what_a_search_of_all_plans_finds():
    (exercise,) = [e for e in every_exercise("histogram") if e.id == "histogram-2"]
    rng = np.random.default_rng(11)
    trials = [rng.integers(1, 9, (2, n)) for n in (2, 3, 4, 5, 6, 7)]
    for h1, h2 in trials + [arguments for _, arguments in exercise.cases]:
        n = len(h1)
        apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
        both_ways = np.minimum(apart, n - apart).ravel()
        leave, arrive = np.kron(np.eye(n), np.ones(n)), np.kron(np.ones(n), np.eye(n))
        shares = np.concatenate([h1 / h1.sum(), h2 / h2.sum()])
        plan = scipy.optimize.linprog(both_ways, A_eq=np.vstack([leave, arrive]), b_eq=shares)
        assert exercise.reference(h1, h2) == pytest.approx(plan.fun, abs=1e-9)


def test_a_folded_kernel_is_the_one_worked_by_hand_and_does_the_work_of_both_steps():
    (exercise,) = [e for e in every_exercise("cnn") if e.id == "cnn-2"]
    # factor 4 / sqrt(3.999 + 0.001) = 2, so twice the kernel, and the offset 1 - 2 * 3 = -5
    kernels, offsets = exercise.reference(*exercise.cases[0][1])
    assert kernels.tolist() == [[[[2, -2], [4, 0]]]]
    assert offsets.tolist() == [-5]
    for _, (w, mean, variance, gamma, beta) in exercise.cases:
        window = np.random.default_rng(12).normal(size=w.shape[1:])
        answers = [float(np.sum(kernel * window)) for kernel in w]
        learnt = zip(answers, mean, variance, gamma, beta, strict=True)
        two_steps = [g * (y - m) / (v + 0.001) ** 0.5 + b for y, m, v, g, b in learnt]
        kernels, offsets = exercise.reference(w, mean, variance, gamma, beta)
        one_step = np.sum(kernels * window, axis=(1, 2, 3)) + offsets
        assert one_step == pytest.approx(two_steps, abs=1e-9)


def test_the_shift_that_most_matches_agree_on_is_the_one_counted_by_hand():
    (exercise,) = [e for e in every_exercise("keypoints") if e.id == "keypoints-2"]
    # who agrees, match by match: 1 3 2 2; 1; 1 2 1 2 1; 2 2 2 2; 1 1 2 2; 1 2 2 1
    by_hand = [[2, 3], [3, 4], [5, 5], [0, 0], [30, 1], [0, 0.5]]
    found = [exercise.reference(*arguments).tolist() for _, arguments in exercise.cases]
    assert found == by_hand


def test_ids_are_given_once():
    ids = [exercise.id for exercise in EVERY]
    assert len(set(ids)) == len(ids)


# --- what a check says ---------------------------------------------------------------------


def answer(attempt, capsys, name="toy-1"):
    check(name, attempt)
    (line,) = said(capsys)
    return line


def test_a_right_attempt_says_what_was_tested(capsys):
    assert answer(mean_square, capsys) == (
        "toy-1: right: it agrees with the tested solution on 3 inputs."
    )


def test_the_first_input_that_differs_is_named_with_what_came(capsys):
    def late(x, y):
        return mean_square(x, y) if x[0, 0] != 10 else 3.25

    assert answer(late, capsys) == (
        "toy-1: not right yet: for a darker and a lighter picture it gave 3.25."
    )


def test_the_expected_value_is_never_told(capsys):
    for attempt in (lambda x, y: 3, lambda x, y: [1], lambda x, y: np.zeros(2), in_bytes):
        line = answer(attempt, capsys)
        # in_bytes gives 100 on the first pair, as is right, and fails on the second: 50
        assert not re.search(r"\b(100|50|28900)\b", line)


def test_a_known_mistake_gets_its_hint(capsys):
    # uint8: 10 - 20 = 246, 246^2 = 60516 = 36 * ... wraps to 100; 10 - 180 = 86, 86^2 wraps to 228
    assert answer(in_bytes, capsys) == (
        "toy-1: not right yet: for a large difference it gave 228. Hint: 10 - 20 is 246 in uint8."
    )


def test_a_mistake_in_other_words_gets_the_hint_too(capsys):
    line = answer(
        lambda x, y: sum((float(a) - float(b)) ** 2 for a, b in zip(x[0], y[0], strict=True)),
        capsys,
    )
    assert line.endswith("Hint: a mean is a sum divided by a count.")


@pytest.mark.parametrize(
    ("gives", "complaint"),
    [
        (5, "it gave 5. It gives the same for every input."),
        (np.float32(5), "it gave a float32 (5), where a float of 64 bits is asked for."),
        ("5", "it gave a str, where a float of 64 bits is asked for."),
        (True, "it gave True, where a float of 64 bits is asked for."),
        (5j, "it gave a complex, where a float of 64 bits is asked for."),
        ([5.0], "it gave a list of 1, where a float of 64 bits is asked for."),
        (float("nan"), "it gave nan."),
        (10**400, "it gave an integer of over 15 digits."),
        (np.zeros((2, 3)), "it gave an array of float64 of shape (2, 3), where a float"),
        (object, "it gave a type, where a float of 64 bits is asked for."),
    ],
    ids=repr,
)
def test_each_wrong_result_gets_its_own_sentence(capsys, gives, complaint):
    line = answer(lambda x, y: gives, capsys)
    assert line.startswith(f"toy-1: not right yet: for two flat pictures {complaint}")


def test_a_forgotten_return_is_guessed(capsys):
    def forgot(x, y):
        np.mean((x.astype(float) - y) ** 2)

    assert "it gave None (is the return missing?)." in answer(forgot, capsys)


def test_a_count_must_be_an_integer(capsys):
    line = answer(lambda x, y: float(differing(x, y)), capsys, "toy-5")
    assert "it gave a float (2), where an integer is asked for." in line
    assert "right:" in answer(lambda x, y: np.count_nonzero(x != y), capsys, "toy-5")


def test_a_result_of_numpy_or_without_axes_is_as_good(capsys):
    assert "right:" in answer(lambda x, y: np.float64(mean_square(x, y)), capsys)
    assert "right:" in answer(lambda x, y: np.array(mean_square(x, y)), capsys)
    assert "right:" in answer(lambda x, y: mean_square(x, y) + 1e-10, capsys)
    assert "right:" not in answer(lambda x, y: mean_square(x, y) + 1e-8, capsys)


@pytest.mark.parametrize(
    ("attempt", "complaint"),
    [
        (lambda x: (255 - x).T[:1], "an array of shape (1, 2), where (2, 2) is asked for."),
        (lambda x: 255 - x.astype(int), "an array of int64, where uint8 is asked for."),
        (lambda x: (255 - x).tolist(), "a list of 2, where an array is asked for."),
        (lambda x: 255 - np.sort(x)[:, ::-1], "254 at [0, 0]."),
    ],
)
def test_an_array_is_judged_by_shape_dtype_and_place(capsys, attempt, complaint):
    line = answer(attempt, capsys, "toy-2")
    assert line == f"toy-2: not right yet: for a ramp it gave {complaint}"


def test_a_message_is_shortened_and_has_no_addresses(capsys):
    def fails(x, y):
        msg = f"line one\nline two {object()} портрет {'x' * 500}"
        raise ValueError(msg)

    line = answer(fails, capsys)
    assert "it raised ValueError (line one line two <object object at 0x...> \\u043f" in line
    assert len(line) < 250


def test_prints_warnings_and_changed_arguments_stay_inside(capsys):
    before = [x.copy() for _, pair in PAIRS for x in pair]

    def noisy(x, y):
        print("noise")  # noqa: T201
        print("noise", file=sys.stderr)  # noqa: T201
        right = mean_square(x, y)
        np.uint8(200) + np.uint8(100)  # warns of overflow
        x[:], y[:] = 0, 0
        return right

    assert "right:" in answer(noisy, capsys)
    assert capsys.readouterr().err == ""
    after = [x for _, pair in PAIRS for x in pair]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_an_attempt_may_leave_python_and_the_lesson_goes_on(capsys):
    assert "it raised SystemExit (3)." in answer(lambda x, y: sys.exit(3), capsys)


def test_a_learner_can_still_interrupt():
    def endless(x, y):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("toy-1", endless)


def test_a_called_function_is_told_from_a_function(capsys):
    assert answer(12.5, capsys) == (
        "toy-1: not right yet: hand in the function itself, its name without brackets; "
        "this is a float (12.5)"
    )


@pytest.mark.parametrize("name", ["toy-99", "nowhere-1", "", "../x-1", "_records-1", 3, ["toy-1"]])
def test_an_unknown_exercise_gets_one_sentence(capsys, name):
    for call in (lambda: check(name, 1), lambda: bug_hunt(name, 1), lambda: solution(name)):
        call()
        (line,) = said(capsys)
        assert line.startswith("there is no exercise ")
    if name == "toy-99":
        assert line.endswith("the lesson has toy-1, toy-2, toy-3, toy-4, toy-5")


def test_a_target_is_told_what_its_verifier_says(capsys):
    zeros, ones = make_dark_pair()
    assert answer((..., ...), capsys, "toy-3") == "toy-3: not attempted yet"
    assert answer((zeros, ones), capsys, "toy-3") == "toy-3: right: the first is darker everywhere."
    assert answer((ones, zeros), capsys, "toy-3") == (
        "toy-3: not right yet: the first must be darker everywhere."
    )
    assert answer(7, capsys, "toy-3").startswith(
        "toy-3: not right yet: this cannot be judged: it raised TypeError ("
    )


def test_a_bug_hunt_tells_the_first_difference_until_repaired(capsys):
    bug_hunt("toy-4", in_bytes)
    bug_hunt("toy-4", mean_square)
    bug_hunt("toy-4", 12.5)
    check("toy-4", mean_square)
    bug_hunt("toy-1", mean_square)
    assert said(capsys) == [
        "toy-4: not repaired yet: first difference: for a large difference it gave 228.",
        "toy-4: repaired: it agrees with the tested solution on 3 inputs.",
        (
            "toy-4: not repaired yet: hand in the function itself, its name without brackets; "
            "this is a float (12.5)"
        ),
        'toy-4: this is a bug hunt; call bug_hunt("toy-4", ...)',
        'toy-1: this is no bug hunt; call check("toy-1", ...)',
    ]


# --- tries and solutions -------------------------------------------------------------------


def shown_solution(capsys, name="toy-1"):
    capsys.readouterr()
    solution(name)
    return capsys.readouterr().out


def test_the_solution_comes_after_two_different_wrong_tries(capsys):
    locked = "toy-1: {} of 2 different wrong tries so far; then the solution is shown\n"
    assert shown_solution(capsys) == locked.format(0)
    check("toy-1", ...)
    assert shown_solution(capsys) == locked.format(0)
    for _ in range(3):  # the same cell, run again
        check("toy-1", eval("lambda x, y: [k for k in (1, 2)][0]"))
    assert shown_solution(capsys) == locked.format(1)
    check("toy-1", lambda x, y: 2)
    assert shown_solution(capsys).startswith("def mean_square(x, y):\n    ")


def test_another_attempt_with_the_same_results_is_another_try(capsys):
    check("toy-1", lambda x, y: 2)
    check("toy-1", lambda x, y: 1 + x.ndim - 1)
    assert shown_solution(capsys).startswith("def mean_square")


def test_whoever_solved_it_may_compare(capsys):
    check("toy-1", mean_square)
    assert shown_solution(capsys).startswith("def mean_square")


def test_the_bug_as_found_is_no_try_of_the_learner(capsys):
    bug_hunt("toy-4", in_bytes)
    bug_hunt("toy-4", lambda x, y: 1)
    assert shown_solution(capsys, "toy-4").startswith("toy-4: 2 of 3 different wrong tries")
    bug_hunt("toy-4", lambda x, y: 2)
    assert shown_solution(capsys, "toy-4").startswith("def mean_square")


def test_a_target_has_a_solution_too(capsys):
    for made in ((1, 0), (2, 0)):
        check("toy-3", made)
    assert shown_solution(capsys, "toy-3").startswith("def make_dark_pair():\n")


def test_tries_and_success_survive_a_restart(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("IMGLAB_STATE", str(tmp_path))
    check("toy-1", lambda x, y: 2)
    restart(monkeypatch)
    check("toy-1", lambda x, y: 2)
    assert shown_solution(capsys).startswith("toy-1: 1 of 2")
    check("toy-1", lambda x, y: 3)
    restart(monkeypatch)
    assert shown_solution(capsys).startswith("def mean_square")
    check("toy-2", negative)
    restart(monkeypatch)
    assert shown_solution(capsys, "toy-2").startswith("def negative")
    record = json.loads((tmp_path / "toy.json").read_text())
    assert record["solved"] == {"toy-2": True}
    assert len(record["tries"]["toy-1"]) == 2


@pytest.mark.parametrize("how", ["variable", "file"])
def test_a_class_can_switch_solutions_off(tmp_path, capsys, monkeypatch, how):
    if how == "variable":
        monkeypatch.setenv("IMGLAB_SOLUTIONS", "off")
    else:
        monkeypatch.setenv("IMGLAB_STATE", str(tmp_path))
        (tmp_path / "solutions-off").touch()
    check("toy-1", lambda x, y: 2)
    check("toy-1", lambda x, y: 3)
    check("toy-1", mean_square)
    assert shown_solution(capsys) == "toy-1: solutions are switched off in this class\n"


@pytest.mark.parametrize("recorded", [3, "x", {"a": 1}, None])
def test_a_record_of_another_form_is_no_try(tmp_path, capsys, monkeypatch, recorded):
    monkeypatch.setenv("IMGLAB_STATE", str(tmp_path))
    (tmp_path / "toy.json").write_text(json.dumps({"tries": {"toy-1": recorded}}))
    assert shown_solution(capsys).startswith("toy-1: 0 of 2")


# --- records -------------------------------------------------------------------------------


def test_a_lesson_without_a_module_has_no_exercises():
    assert every_exercise("nowhere") == ()
    assert every_exercise("_judging") == ()
    assert every_exercise("toy") == TOY


def test_the_machinery_is_no_lesson():
    assert not any(name.startswith("_") for name in exercises.lessons())


def test_a_broken_lesson_module_is_not_mistaken_for_a_missing_one(monkeypatch):
    def fails(name):
        raise ModuleNotFoundError(name="elsewhere")

    monkeypatch.setattr(exercises.importlib, "import_module", fails)
    with pytest.raises(ModuleNotFoundError) as caught:
        every_exercise("toy")
    assert caught.value.name == "elsewhere"


def test_a_record_that_cannot_be_judged_is_refused():
    with pytest.raises(ValueError, match="toy-9 must have cases unless it is a target, got 0"):
        Exercise(id="toy-9", task="Nothing.", reference=negative)
    with pytest.raises(ValueError, match="toy-9 must have a verifier exactly if it is a target"):
        Exercise(id="toy-9", task="Nothing.", reference=negative, kind="target")


@pytest.mark.parametrize(
    ("pair", "said_of_it"),
    [
        # areas of the stored chart: intersection at brightness 0.618, SSIM at the mirror 0.732
        (
            ("histogram_intersection", "mirror", "orb_inliers", "brightness"),
            "histogram_intersection does not fail at brightness: 0.62, not 0.6 or less",
        ),
        (
            ("ssim", "mirror", "orb_inliers", "brightness"),
            "ssim does not survive mirror: 0.73, not 0.95 or more",
        ),
    ],
)
def test_a_pair_that_fails_is_told_which_cell_of_the_chart_is_at_fault(pair, said_of_it, capsys):
    assert said_of_it in answer(pair, capsys, "choosing-3")


@pytest.mark.parametrize(
    ("made", "said_of_it"),
    [
        (("coffee", "noise"), "give a name, a change and a strength"),
        (("coffee", "noise", True), "give a name, a change and a strength"),
        (("tea", "noise", 5), "there is no bundled picture 'tea'"),
        (("coffee", "fog", 5), "there is no change 'fog'"),
        (("coffee", "noise", 5), "only 0.0 % of the pixels move by more than 60"),
        (("camera", "mirror", 1), "bits of the average hash differ"),
    ],
)
def test_a_change_that_fails_is_told_whether_eye_or_hash_is_at_fault(made, said_of_it, capsys):
    assert said_of_it in answer(made, capsys, "playground-3")


def copies(half, without=()):
    """List the pairs of one scene, of files with none of some changes."""
    changes = {file.name: file.change for file in near_duplicates.files(half)}
    return [
        pair
        for pair in near_duplicates.true_pairs(half)
        if not {changes[name] for name in pair} & set(without)
    ]


# p01 is the camera, p02 and p04 the watermill, p03 a cat, p05 the sky: 60 of 64 is below 0.95.
LOOSE = [("p01.png", f"p0{k}.png") for k in (2, 3, 4, 5)]
# Four scenes have rotate, 12 pairs; two have brightness, 4 pairs more; two saturation, 4 more:
# 40 of 60 is below 0.7, and rotate is in 12 of the 20.
FEW = ("rotate", "brightness", "saturation")


@pytest.mark.parametrize(
    ("known", "hidden", "said_of_it"),
    [
        ("p01.png", "p02.png", "hand in two lists of pairs"),
        ([("p01.png", "p99.png")], [], "there is no file 'p99.png' in the tuning half"),
        ([], [], "no pair was found in the tuning half"),
        ([*copies("tuning"), *LOOSE], [], "p01.png and p02.png show two scenes"),
        (copies("tuning", FEW), [], "recall 0.667; the change missed most is 'rotate'"),
        (copies("tuning"), [], "good; but no pair was found in the other half"),
        (copies("tuning"), copies("judging")[:41], "fit the tuning half too closely"),
        (copies("tuning"), [*copies("judging"), *LOOSE], "fit the tuning half too closely"),
        (copies("tuning"), copies("judging")[:42], "right: tuning half: precision 1.000"),
    ],
)
def test_a_finder_is_told_which_half_and_which_pairs_are_at_fault(
    known, hidden, said_of_it, capsys
):
    assert said_of_it in answer((known, hidden), capsys, "playground-4")


@pytest.mark.parametrize(
    ("made", "said_of_it"),
    [
        (("ssim", "blur"), "give a measure, a change, a measure, a change"),
        (("lpips", "blur", "ssim", "jpeg"), "there is no measure 'lpips'"),
        (("ssim", "fog", "ssim", "jpeg"), "there is no change 'fog' here"),
    ],
)
def test_two_measures_of_another_form_are_told_what_is_asked(made, said_of_it, capsys):
    assert said_of_it in answer(made, capsys, "choosing-3")


@pytest.mark.parametrize(
    ("made", "said_of_it"),
    [
        (np.eye(3), "not right yet: every text still chooses its own picture."),
        # column 1 holds 0.9, 0.9, 0: level, and no text is misled
        (
            [[0.9, 0, 0], [0.9, 1, 0], [0, 0, 1]],
            "not right yet: text 1 is level between its own picture and another: decide it.",
        ),
        (
            [[1, 0, 0], [0, 0.2, 0.3], [0, 0, 1]],
            "not right yet: picture 2 does not choose its own text.",
        ),
        (
            [[1, 0, 0], [0, 1, 0], [0, 0.5, 0.5]],
            "not right yet: picture 3 is level between its own text and another.",
        ),
        (
            [[0.5, 0, 0], [0, 0.5, 0], [0.4, 0.6, 0.7]],
            "right: every picture chooses its own text, and text 2 chooses a stranger.",
        ),
    ],
)
def test_a_one_sided_batch_is_told_what_is_missing_counted_from_1(made, said_of_it, capsys):
    assert answer(np.array(made, dtype=float), capsys, "clip-3") == f"clip-3: {said_of_it}"


def test_the_loss_of_shuffled_texts_is_that_of_the_pairs_worked_by_hand(capsys):
    # p 8/9 and 4/5, q 16/17 and 2/3: 4 L = ln(9/8 5/4 17/16 3/2) = ln(2295/1024); texts exchanged
    (loss,) = (e.reference for e in every_exercise("clip") if e.id == "clip-1")
    c = np.array([[0.3, 0.6], [0.4, 0.2]])
    assert loss(c, 0.1 / np.log(2), np.array([1, 0])) == pytest.approx(np.log(2295 / 1024) / 4)
    assert "where a float of 64 bits" in answer(
        lambda *given: np.float32(loss(*given)), capsys, "clip-1"
    )
