"""What is kept of a live widget when a student's notebook is saved."""

from imglab.course.saving import WIDGET_VIEW, keep_the_picture

VIEW = {WIDGET_VIEW: {"model_id": "1"}}


def saved(*outputs: dict) -> list[dict]:
    cells = [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": list(outputs)}]
    keep_the_picture(model={"type": "notebook", "content": {"cells": cells}}, path="a.ipynb")
    return cells[1]["outputs"]


def test_a_widget_that_has_a_picture_is_saved_as_its_picture_and_text() -> None:
    still = {"image/png": "iVBO", "text/plain": "Explorer(shift=2) -> MSE 3.000"}
    (output,) = saved({"output_type": "execute_result", "data": {**VIEW, **still}})
    assert output["data"] == still


def test_a_widget_without_a_picture_and_a_printed_line_are_saved_as_they_are() -> None:
    slider = {"output_type": "display_data", "data": {**VIEW, "text/plain": "IntSlider(value=0)"}}
    line = {"output_type": "stream", "name": "stdout", "text": "42"}
    assert saved(slider, line) == [slider, line]
    assert WIDGET_VIEW in slider["data"]


def test_a_file_and_a_folder_are_left_alone() -> None:
    for model in ({"type": "file", "content": "cells"}, {"type": "directory"}):
        before = dict(model)
        keep_the_picture(model=model, path="notes.txt")
        assert model == before


def test_a_widget_with_words_in_html_is_saved_as_its_words() -> None:
    words = {"text/html": "<p>two pictures</p>", "text/plain": "Playground(...)"}
    (output,) = saved({"output_type": "execute_result", "data": {**VIEW, **words}})
    assert output["data"] == words
