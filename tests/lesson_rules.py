"""The rules that every lesson's notebook keeps, each as a function that lists its breaches.

A rule takes a notebook as plain JSON and returns sentences; none is good news.
"""

import ast
import builtins
import dis
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from urllib.parse import unquote

LARGEST = 1_500_000  # bytes of a notebook
CORE_WORDS = range(1500, 2501)
CYRILLIC = "\u0400-\u04ff"
RUSSIAN_WORDS = range(1200, 2501)  # the same text without articles
CORE_CELLS = 60
SCRATCH_LINES = 15
FOREIGN = {"imglab", "cv2", "scipy", "skimage", "sklearn", "torch", "torchvision", "PIL"}

CLAIM = r"[a-z][a-z0-9]*-\d\d"
NAMED = re.compile(rf"`({CLAIM})`")
RANGE = re.compile(rf"`({CLAIM})` to `({CLAIM})`")
HELD = re.compile(rf"^({CLAIM}) (?:holds|выполняется):", re.MULTILINE)
CITED = re.compile(r"\[([A-Z][^\]\[\n]{0,40}\d[^\]\[\n]{0,20})\](?!\()")

# What makes a block of prose a measured statement. Formulas, code and questions are taken away
# first; a bare number in dollars stays, because `$0.36$` is as measured as 0.36.
MEASURED = {
    "a decimal": re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])"),
    "a percentage": re.compile(r"\d\s*(%|per ?cent)"),
    "a comparison": re.compile(
        r"\b(?!(?:rather|other|earlier|later|older|newer)\b)(?:more|less|fewer|\w{2,}er)\b"
        r"(?:\W+\w+){0,5}?\W+than\b",
        re.IGNORECASE,
    ),
    "a comparison in Russian": re.compile(
        r"\b(?:больше|меньше|ближе|дальше|выше|ниже|лучше|хуже)\b(?:\W+\w+){0,5}?\W+чем\b",
        re.IGNORECASE,
    ),
    "always or never": re.compile(r"(?<![.:?!\n]\s)(?<!^)\b(always|never|всегда|никогда)\b"),
    "a factor": re.compile(r"\b(twice|\d+ times|вдвое|в \d+ раза?)\b", re.IGNORECASE),
}


@dataclass
class Section:
    """The cells from one heading of level 1 or 2 to the next."""

    title: str
    cells: list[dict] = field(default_factory=list)

    @property
    def code(self) -> list[dict]:
        return [cell for cell in self.cells if cell["cell_type"] == "code"]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def first_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 90 else f"{line[:87]}..."


def code_cells(notebook: dict) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def text_of(output: dict) -> str:
    """Return what an output says in words."""
    text = output.get("text") or output.get("data", {}).get("text/plain") or ""
    return "".join(text)


def sections(notebook: dict) -> list[Section]:
    """Cut a notebook at the headings of level 1 and 2, also inside a Markdown cell."""
    found = [Section("(before the first heading)")]
    for cell in notebook["cells"]:
        if cell["cell_type"] != "markdown":
            found[-1].cells.append(cell)
            continue
        for part in re.split(r"^(?=##? )", source(cell), flags=re.MULTILINE):
            heading = re.match(r"##? +(.+)", part)
            if heading:
                found.append(Section(heading[1].strip()))
            if part.strip():
                found[-1].cells.append(cell | {"source": part})
    return [section for section in found if section.cells]


def core(notebook: dict) -> list[dict]:
    """Return the cells before the heading "Further"."""
    cells: list[dict] = []
    for section in sections(notebook):
        if re.fullmatch(r"(further|дальше)\b.*", section.title, re.IGNORECASE):
            break
        cells += section.cells
    return cells


def blocks(markdown: str) -> Iterator[str]:
    """Yield paragraphs, list items and table rows; no headings, code, formulas or comments."""
    text = re.sub(r"<!--.*?-->", "", markdown, flags=re.DOTALL)
    text = re.sub(r"^(```+|~~~+).*?^\1\s*$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\$\$.*?\$\$", " ", text, flags=re.DOTALL)
    text = re.sub(r"^#+ .*$", "", text, flags=re.MULTILINE)
    for paragraph in re.split(r"\n\s*\n", text):
        header = re.match(r"\s*\|.*", paragraph)
        cited = CITED.search(header[0]) if header else None  # the source of all rows
        for block in re.split(r"\n(?=\s*(?:[-*+]|\d+\.) |\s*\|)", paragraph):
            if block.strip() and not re.fullmatch(r"[\s|:-]+", block):
                yield f"{block.strip()} {cited[0]}" if cited else block.strip()


def plain(block: str) -> str:
    """Take from a block what states nothing by itself: formulas, code, addresses, questions."""
    text = re.sub(r"\$([^$\n]*(?:\n[^$\n]+)?)\$", _unless_number, block)
    text = re.sub(r"`[^`]*`", "", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return re.sub(r"[^.?!]*\?", "", text)


def _unless_number(match: re.Match[str]) -> str:
    inside = match[1].strip()
    return inside if re.fullmatch(r"-?\d+(\.\d+)?", inside) else " "


def measured(block: str) -> list[str]:
    """Name what makes a block a measured statement."""
    text = plain(block)
    return [name for name, pattern in MEASURED.items() if pattern.search(text)]


# The rules ---------------------------------------------------------------------------------


def unproved_prose(notebook: dict) -> list[str]:
    """Measured statements that name neither a claim nor a source.

    Arithmetic on paper is proved by its own section: one that has "by hand" in
    its heading, or a cell tagged by-hand, and holds a cell with a claim.
    """
    found = []
    for section in sections(notebook):
        by_hand = re.search("by hand|вручную", section.title.lower()) or any(
            "by-hand" in tags(cell) for cell in section.cells
        )
        if by_hand and any("claim(" in source(cell) for cell in section.code):
            continue
        for cell in section.cells:
            if cell["cell_type"] != "markdown" or "instructor" in tags(cell):
                continue
            for block in blocks(source(cell)):
                why = measured(block)
                if why and not NAMED.search(block) and not CITED.search(block):
                    found.append(
                        f"[{section.title}] names no claim and no source for "
                        f"{' and '.join(why)}: {first_line(block)}"
                    )
    return found


def claims_of_cells(notebook: dict) -> set[str]:
    """Claims that stand as held in the stored outputs."""
    return {
        name
        for cell in code_cells(notebook)
        for output in cell["outputs"]
        for name in HELD.findall(text_of(output))
    }


def claims_of_prose(notebook: dict) -> set[str]:
    """Claims that the text names, also as the ends of a range: `a-01` to `a-04`."""
    named: set[str] = set()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = " ".join(source(cell).split())
            named |= set(NAMED.findall(text))
            for low, high in RANGE.findall(text):
                lesson, first = low.rsplit("-", 1)
                last = high.rsplit("-", 1)[1]
                named |= {f"{lesson}-{n:02}" for n in range(int(first), int(last) + 1)}
    return named


def claims_without_cell(notebook: dict) -> list[str]:
    """Claims that the text names and no cell makes."""
    missing = claims_of_prose(notebook) - claims_of_cells(notebook)
    return [f"the text names {name}, no cell holds it" for name in sorted(missing)]


def claims_without_text(notebook: dict) -> list[str]:
    """Claims that a cell makes and no text names."""
    unnamed = claims_of_cells(notebook) - claims_of_prose(notebook)
    return [f"{name} holds in a cell, no text names it" for name in sorted(unnamed)]


def unlisted_sources(notebook: dict) -> list[str]:
    """Sources that are cited and stand in no list of references."""
    text = "\n\n".join(
        source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown"
    )
    listed = "\n\n".join(
        re.findall(
            r"^(?:\*\*|#+ )(?:References|Источники).*?(?=^#|\Z)", text, re.DOTALL | re.MULTILINE
        )
    )
    missing = set(CITED.findall(text)) - set(CITED.findall(listed))
    return [f"[{key}] is cited and in no list of references" for key in sorted(missing)]


def unrun_cells(notebook: dict) -> list[str]:
    """Code cells that were not run once, from the first to the last."""
    return [
        f"code cell {count} has the count {cell['execution_count']}: {first_line(source(cell))}"
        for count, cell in enumerate(code_cells(notebook), 1)
        if cell["execution_count"] != count
    ]


def forbidden_outputs(notebook: dict) -> list[str]:
    """Stored errors, warnings and dead widgets."""
    found = []
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            kind = output["output_type"]
            if kind == "error":
                found.append(f"an error is stored: {output['ename']}: {output['evalue']}")
            if kind == "stream" and output["name"] != "stdout":
                found.append(f"stderr is stored: {first_line(text_of(output))}")
            if any("widget" in mime for mime in output.get("data", {})):
                found.append(f"a widget view is stored: {first_line(source(cell))}")
    if "widgets" in notebook["metadata"]:
        found.append("the state of widgets is stored")
    return found


def pictures_without_words(notebook: dict) -> list[str]:
    """Pictures that no sentence describes: "Figure: ...", or an Explorer's own line."""
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            if re.search(r"!\[\s*\]\(|<img(?![^>]*\balt=\"[^\"])", source(cell)):
                found.append(f"a picture has no alternative text: {first_line(source(cell))}")
            continue
        shown = [out for out in cell["outputs"] if "image/png" in out.get("data", {})]
        said = "\n".join(text_of(output) for output in cell["outputs"])
        for output in shown:
            words = text_of(output)
            if words.startswith("Explorer("):
                continue
            alt = output["metadata"].get("image/png", {}).get("alt", "")
            if not alt.endswith(".") or not re.search(f"(Figure|Рисунок): {re.escape(alt)}", said):
                found.append(f"a figure has no sentence under it: {first_line(source(cell))}")
    return found


def setup_faults(notebook: dict) -> list[str]:
    """Not exactly one set-up cell, or code before it."""
    marked = [index for index, cell in enumerate(code_cells(notebook)) if "setup" in tags(cell)]
    return [] if marked == [0] else [f"the first code cell alone must be the set-up, got {marked}"]


def instructor_cells(notebook: dict) -> list[str]:
    """Cells that only the instructor's edition may hold."""
    return [
        f"a cell of the instructor's edition: {first_line(source(cell))}"
        for cell in notebook["cells"]
        if {"instructor", "solution"} & set(tags(cell))
    ]


def scratch_faults(notebook: dict) -> list[str]:
    """From-scratch cells that are long, or use more than NumPy."""
    foreign = set(FOREIGN)
    for cell in code_cells(notebook):
        for node in ast.walk(ast.parse(source(cell))):
            if isinstance(node, ast.Import):
                brought = [(alias.name, alias.asname or alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                brought = [(node.module, alias.asname or alias.name) for alias in node.names]
            else:
                continue
            foreign |= {name for module, name in brought if module.split(".")[0] in FOREIGN}
    found = []
    for cell in code_cells(notebook):
        if "from-scratch" not in tags(cell):
            continue
        tree = ast.parse(source(cell))
        used = {
            node.id if isinstance(node, ast.Name) else node.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Name | ast.alias)
        }
        if used & foreign:
            names = ", ".join(sorted(used & foreign))
            found.append(f"a from-scratch cell uses {names}: {first_line(source(cell))}")
        lines = len(code_lines(source(cell), tree))
        if lines > SCRATCH_LINES:
            found.append(f"a from-scratch cell has {lines} lines: {first_line(source(cell))}")
    return found


def code_lines(text: str, tree: ast.AST) -> set[int]:
    """Return the numbers of lines with code: no blank ones, comments or docstrings."""
    lines = text.splitlines()
    kept = {n for n, line in enumerate(lines, 1) if line.strip() and line.strip()[0] != "#"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            kept -= set(range(node.lineno, node.end_lineno + 1))
    return kept


def lists_by_accident(notebook: dict) -> list[str]:
    """Lines of a sentence that begin with a number and a full stop, and so become a list."""
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "markdown":
            continue
        for block in re.split(r"\n\s*\n", source(cell)):
            lines = block.splitlines()
            listed = {int(n) for n in re.findall(r"^\s*(\d+)[.)]\s", block, re.MULTILINE)}
            for before, line in itertools.pairwise(lines):
                number = re.match(r"\s*(\d+)[.)]\s", line)
                if number and int(number[1]) - 1 not in listed:
                    found.append(f"{before.strip()[-30:]} / {first_line(line)}")
    return found


def names_from_elsewhere(notebook: dict) -> list[str]:
    """Names that a section uses and neither the set-up nor the section defines."""
    setup = [cell for cell in code_cells(notebook) if "setup" in tags(cell)]
    given = set(dir(builtins)) | {"display", "get_ipython", "__name__"}
    for cell in setup:
        given |= defined_and_missing(source(cell), set())[0]
    found = []
    for section in sections(notebook):
        known = set(given)
        for cell in section.code:
            defined, missing = defined_and_missing(source(cell), known)
            found += [
                f"[{section.title}] uses {name}, which only another section defines: "
                f"{first_line(source(cell))}"
                for name in sorted(missing)
            ]
            known |= defined | missing
    return found


def defined_and_missing(text: str, known: set[str]) -> tuple[set[str], set[str]]:
    """Return the names that code defines, and those it reads that nobody has defined.

    Top-level code is read in order; a function may use what its cell defines
    further down.
    """
    module = compile(text, "cell", "exec")
    defined: set[str] = set()
    missing: set[str] = set()
    for step in dis.get_instructions(module):
        if step.opname in ("STORE_NAME", "STORE_GLOBAL"):
            defined.add(step.argval)
        elif step.opname.startswith("LOAD_") and step.opname.endswith(("_NAME", "_GLOBAL")):
            missing |= {step.argval} - known - defined
    for inner in _inner(module):
        own = set(inner.co_varnames)  # names of a class body or of an inlined comprehension
        read = {
            step.argval
            for step in dis.get_instructions(inner)
            if step.opname in ("LOAD_NAME", "LOAD_GLOBAL")
        }
        stored = {s.argval for s in dis.get_instructions(inner) if s.opname == "STORE_NAME"}
        missing |= read - stored - own - known - defined - {"__module__", "__qualname__"}
    return defined, missing


def names_that_change(notebook: dict) -> list[str]:
    """Names that a cell reads and a later cell, or itself, binds anew: it cannot be run again.

    A function reads a name when it is called, which may be after the whole notebook.
    """
    cells = [source(cell) for cell in code_cells(notebook)]
    defined, missing = zip(
        *(defined_and_missing(text, set(dir(builtins))) for text in cells), strict=True
    )
    found = []
    for index, text in enumerate(cells):
        changing = missing[index] & set().union(*defined[index:])
        changing |= read_when_called(text) & set().union(*defined[index + 1 :])
        found += [f"{name} is bound again: {first_line(text)}" for name in sorted(changing)]
    return found


def read_when_called(text: str) -> set[str]:
    """Return the names of a cell's top level, or of earlier cells, that its functions read."""
    functions = [
        inner
        for inner in _inner(compile(text, "cell", "exec"))
        if not re.fullmatch("<(list|dict|set)comp>|<genexpr>", inner.co_name)
    ]
    return {
        step.argval
        for function in functions
        for code in (function, *_inner(function))
        for step in dis.get_instructions(code)
        if step.opname == "LOAD_GLOBAL"
    }


def _inner(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _inner(constant)


def length_faults(notebook: dict) -> list[str]:
    """A core too long or too short for its fifty minutes."""
    cells = core(notebook)
    text = " ".join(
        plain(block)
        for cell in cells
        if cell["cell_type"] == "markdown"
        for block in blocks(source(cell))
    )
    words = len(re.findall(rf"[A-Za-z{CYRILLIC}][\w'-]*", text))
    russian = len(re.findall(rf"[{CYRILLIC}][\w'-]*", text)) > words / 2
    wanted = RUSSIAN_WORDS if russian else CORE_WORDS
    found = []
    if words not in wanted:
        found.append(f"the core has {words} words, not {wanted[0]} to {wanted[-1]}")
    count = len({cell["id"] for cell in cells})
    if count > CORE_CELLS:
        found.append(f"the core has {count} cells, more than {CORE_CELLS}")
    return found


def broken_links(notebook: dict, folder: Path) -> list[str]:
    """Links to files that do not exist, seen from the notebook's folder."""
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "markdown":
            continue
        for target in re.findall(r"\]\(<?([^)\s>]+)>?(?:\s[^)]*)?\)", source(cell)):
            if re.match(r"[a-z]+:|#|attachment:", target):
                continue
            if not (folder / unquote(target.partition("#")[0])).exists():
                found.append(f"a link leads nowhere: {target}")
    return found


RULES = (
    unproved_prose,
    claims_without_cell,
    claims_without_text,
    unlisted_sources,
    unrun_cells,
    forbidden_outputs,
    pictures_without_words,
    setup_faults,
    instructor_cells,
    scratch_faults,
    lists_by_accident,
    names_from_elsewhere,
    names_that_change,
    length_faults,
)
