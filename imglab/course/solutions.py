"""The instructor's edition: a tested solution after every check of a lesson."""

import ast
import inspect
import textwrap

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from imglab.course.exercises import Exercise, every_exercise

_ASKS = {"check", "bug_hunt"}


def with_solutions(notebook: NotebookNode) -> NotebookNode:
    """Put after each cell that checks an exercise a cell with its solution, checked too.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place, and returned. An added cell is tagged ``solution``,
        and its id is that of the cell before it and the exercise's number.
    """
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type == "code":
            cells += [_solved(cell.id, name, identity) for name, identity in _asked(cell.source)]
    notebook.cells = cells
    return notebook


def _asked(source: str) -> list[tuple[str, str]]:
    """List the checks that a cell calls: the function's name and the exercise's."""
    return [
        (node.func.id, str(node.args[0].value))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _ASKS
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]


def _solved(before: str, name: str, identity: str) -> NotebookNode:
    exercise = _find(identity)
    reference = exercise.reference
    made = f"{reference.__name__}{'()' if exercise.kind == 'target' else ''}"
    source = textwrap.dedent(inspect.getsource(reference)).rstrip()
    cell: NotebookNode = new_code_cell(
        f'# A solution of {identity}.\n{source}\n\n\n{name}("{identity}", {made})',
        id=f"{before}-{identity.rpartition('-')[2]}",
        metadata={"tags": ["solution"]},
    )
    return cell


def _find(identity: str) -> Exercise:
    lesson = identity.partition("-")[0]
    return next(one for one in every_exercise(lesson) if one.id == identity)
