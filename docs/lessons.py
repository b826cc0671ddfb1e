"""Read a lesson, a script with cells, as the notebook that the site shows and runs."""

import ast

import jupytext
from nbformat.v4 import new_markdown_cell

KERNEL = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}


def read(text: str):
    """The notebook of a lesson; what stands in its docstring is its title and first paragraph."""
    notebook = jupytext.reads(text, fmt="py:percent")
    notebook.metadata.update(KERNEL)
    first = notebook.cells[0]
    statement, *rest = ast.parse(first.source).body
    words = ast.get_docstring(ast.Module([statement], [])) or ""
    if not rest:
        del notebook.cells[0]
    else:
        first.source = "\n".join(first.source.splitlines()[rest[0].lineno - 1 :])
        title, _, more = words.partition("\n\n")
        notebook.cells.insert(0, new_markdown_cell(f"# {title}\n\n{more}"))
    return notebook
