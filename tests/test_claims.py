"""A claim prints one stable line, or stops the lesson."""

import io
import math
import sys

import numpy as np
import pytest

from imglab.course import claims, lines
from imglab.course.claims import ClaimFailed, claim, claims_held, number


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(claims, "_tally", {})
    monkeypatch.delenv("IMGLAB_BUILD", raising=False)


def test_a_true_claim_prints_its_sentence_and_both_numbers(capsys):
    claim("pixel-03", "the shifted copy is farther than the noisy one", 16.54321, ">", 3.21)
    assert capsys.readouterr().out == (
        "pixel-03 holds: the shifted copy is farther than the noisy one (16.5432 > 3.2100)\n"
    )


def test_a_false_claim_raises_the_same_sentence_and_prints_nothing(capsys):
    with pytest.raises(ClaimFailed, match=r"^pixel-03 does not hold: up is down \(1.0 < 0.5\)$"):
        claim("pixel-03", "up is down", 1.0, "<", 0.5, decimals=1)
    assert capsys.readouterr().out == ""
    assert issubclass(ClaimFailed, AssertionError)


@pytest.mark.parametrize(
    ("left", "relation", "right", "holds"),
    [
        (1, "<", 2, True),
        (2, "<", 2, False),
        (2, "<=", 2, True),
        (3, "<=", 2, False),
        (2, ">", 1, True),
        (2, ">", 2, False),
        (2, ">=", 2, True),
        (1, ">=", 2, False),
        (0.5, "==", 0.5, True),
        (0.1 + 0.2, "==", 0.3, False),
        (0.5, "!=", 0.5, False),
        (0.1 + 0.2, "!=", 0.3, True),
        (math.inf, "==", math.inf, True),
    ],
)
def test_each_relation_means_what_it_says(left, relation, right, holds):
    if holds:
        claim("pixel-1", "so it is", left, relation, right)
    else:
        with pytest.raises(ClaimFailed, match="pixel-1 does not hold"):
            claim("pixel-1", "so it is", left, relation, right)


@pytest.mark.parametrize("relation", ["<", "<=", ">", ">=", "==", "!=", "~="])
@pytest.mark.parametrize("pair", [(math.nan, 1.0), (1.0, math.nan), (math.nan, math.nan)])
def test_no_relation_holds_for_nan(relation, pair):
    with pytest.raises(ClaimFailed, match="nan"):
        claim("pixel-1", "nothing compares with nan", pair[0], relation, pair[1])


def test_nearly_equal_means_no_farther_apart_than_atol(capsys):
    claim("pixel-1", "near", 1.25, "~=", 1.0, atol=0.25)
    claim("pixel-2", "both infinite", math.inf, "~=", math.inf, atol=1e-9)
    assert capsys.readouterr().out == (
        "pixel-1 holds: near (1.2500 ~= 1.0000 within 0.25)\n"
        "pixel-2 holds: both infinite (inf ~= inf within 1e-09)\n"
    )
    with pytest.raises(ClaimFailed, match="near"):
        claim("pixel-1", "near", 1.25, "~=", 1.0, atol=0.24)


def test_integers_and_bools_print_exactly_and_a_round_bound_as_such(capsys):
    claim("pixel-1", "counts", np.uint8(246), "==", 246)
    claim("pixel-2", "truths", np.True_, "==", True)
    claim("pixel-3", "tiny", 3.1e-15, "<", 1e-9)
    claim("pixel-4", "mixed", np.float32(0.5), "<", 10**20)
    assert [line.split("(")[1] for line in capsys.readouterr().out.splitlines()] == [
        "246 == 246)",
        "True == True)",
        "0.0000 < 1e-09)",
        "0.5000 < 100000000000000000000)",
    ]


def test_a_claim_run_twice_counts_once_and_another_lesson_not_at_all(capsys):
    claim("pixel-1", "a", 1, "<", 2)
    claim("pixel-1", "a", 1, "<", 2)
    claim("pixel-2", "b", 1, "<", 2)
    claim("pixel_two-2", "c", 1, "<", 2)
    capsys.readouterr()
    claims_held("pixel")
    assert capsys.readouterr().out == "2 of 2 claims hold\n"


def test_a_failed_claim_stays_in_the_tally_until_it_holds(capsys):
    claim("pixel-1", "a", 1, "<", 2)
    with pytest.raises(ClaimFailed, match="b"):
        claim("pixel-2", "b", 2, "<", 1)
    capsys.readouterr()
    claims_held("pixel")
    claim("pixel-2", "b", 0, "<", 1)
    claims_held("pixel")
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "1 of 2 claims hold; not pixel-2"
    assert out[-1] == "2 of 2 claims hold"


def test_malformed_claims_are_refused_with_the_cure():
    with pytest.raises(ValueError, match="identifier must be a lesson, a hyphen"):
        claim("pixel03", "a", 1, "<", 2)
    with pytest.raises(ValueError, match=r"relation must be one of .* got '=<'"):
        claim("pixel-03", "a", 1, "=<", 2)
    with pytest.raises(ValueError, match="atol must be 0 or more, and belongs to ~= alone"):
        claim("pixel-03", "a", 1, "<", 2, atol=0.1)
    with pytest.raises(TypeError, match="must compare two numbers, got a str"):
        claim("pixel-03", "a", "1", "<", 2)


def test_a_build_refuses_two_claims_of_one_id_and_a_learner_may_edit(monkeypatch):
    claim("pixel-1", "a", 1, "<", 2)
    claim("pixel-1", "as a learner edits it", 1, "<", 2)
    monkeypatch.setenv("IMGLAB_BUILD", "1")
    with pytest.raises(ValueError, match="pixel-1 must name one claim, got 'as a learner"):
        claim("pixel-1", "b", 1, "<", 2)


def test_a_build_refuses_an_inequality_that_shows_one_text_twice(monkeypatch):
    claim("pixel-1", "a", 1.00001, ">", 1.0)
    monkeypatch.setenv("IMGLAB_BUILD", "1")
    with pytest.raises(ValueError, match=r"must show its difference, got \(1.0000 > 1.0000\)"):
        claim("pixel-1", "a", 1.00001, ">", 1.0)
    claim("pixel-1", "a", 1.00001, ">", 1.0, decimals=5)
    claim("pixel-2", "a", 1.0, ">=", 1.0)


def test_a_number_prints_with_its_decimals_and_never_as_minus_zero():
    assert number(12.5, 3) == "12.500"
    assert number(-0.0000001, 4) == "0.0000"
    assert number(-0.25, 2) == "-0.25"
    assert number(math.inf, 2) == "inf"
    assert number(np.float32(0.5), 1) == "0.5"
    assert number(7, 0) == "7"


def test_a_number_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="a printed number must exist, got nan"):
        number(math.nan, 2)


def test_a_build_refuses_a_number_whose_last_digit_may_flip(monkeypatch):
    # 0.125 lies half way between 0.12 and 0.13; 3e-15 more or less decides.
    assert number(0.125, 2) == "0.12"
    monkeypatch.setenv("IMGLAB_BUILD", "1")
    with pytest.raises(ValueError, match=r"may print as 0.12 or 0.13; print fewer decimals than 2"):
        number(0.125, 2)
    assert number(0.125, 3) == "0.125"
    assert number(0.1251, 2, atol=1e-5) == "0.13"
    with pytest.raises(ValueError, match="must not hang on its last digit"):
        number(0.1251, 2, atol=1e-3)


@pytest.mark.parametrize("encoding", ["cp1251", "cp1252", "ascii", "utf-8"])
def test_a_line_reaches_any_console(monkeypatch, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, newline="\n"))
    lines.say("портрет: x² ≤ 1")
    sys.stdout.flush()
    text = raw.getvalue().decode(encoding)
    assert text.endswith(" 1\n")
    assert (text == "портрет: x² ≤ 1\n") == (encoding == "utf-8")
