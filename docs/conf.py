"""The site: `make site` builds it from the pages of the repository, offline, without copies.

The sources are the repository itself, so that a link between two pages is the same on the site and
in the repository. Two things are made while it is built: the lessons are run, with their figures,
and the reference is written from the groups in `__init__.pyi`, with the docstrings.
"""

import importlib.metadata
import os
import re
import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

import write_reference  # noqa: E402

project = "qdml-quantum"
author = "the qdml-quantum developers"
release = importlib.metadata.version("qdml-quantum")
version = release

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_design",
]
root_doc = "docs/index"
include_patterns = [
    "docs/*.md",
    "docs/reference/*.md",
    "examples/README.md",
    "examples/[0-9]*.py",
    "benchmarks/README.md",
    "circuits/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
]
exclude_patterns = [
    "docs/api.md",  # The reference has the same table, with links.
    ".*",
    "build",
    "dist",
    "qdml-runs",
    "qdml_quantum",
    "tests",
]

# Names in single backticks are linked where they are names of the library.
default_role = "py:obj"
nitpicky = False
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
suppress_warnings = [
    "myst.xref_missing",  # files of the repository that are not pages: problem.toml, the schema
]

source_suffix = {".md": "myst-nb", ".py": "myst-nb"}
nb_custom_formats = {".py": ["qdml_quantum.teach.lessons.notebook", {}]}
# `make site EXECUTE=off` looks at the words alone.
nb_execution_mode = os.environ.get("QDML_SITE_EXECUTE", "cache")
nb_execution_timeout = 300
# The lesson on devices keeps a ledger: not in that of whoever builds the site.
os.environ["QDML_LEDGER"] = str(DOCS.parent / "build" / "ledger")
nb_execution_raise_on_error = True
nb_merge_streams = True
# An answer is folded: who reads is asked for a prediction first.
nb_code_prompt_show = "Show the answer"
nb_code_prompt_hide = "Hide the answer"

autodoc_typehints = "none"  # Signatures have them; the words are in the docstrings.
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
python_maximum_signature_line_length = 88
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "pydata_sphinx_theme"
html_title = "qdml-quantum"
html_static_path = ["_static"]
html_favicon = "_static/favicon.svg"
html_css_files = ["site.css"]
html_extra_path = ["_extra"]  # Whoever opens the folder lands on the first page.
html_show_sourcelink = False
html_context = {"default_mode": "auto"}  # Without it the theme complains in the console.
html_copy_source = False
html_sidebars = {"benchmarks/README": [], "docs/paper": []}  # There is nothing below them.
html_theme_options = {
    "navbar_align": "left",
    "navbar_persistent": ["search-button"],
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 7,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
copyright = "the qdml-quantum developers, Apache-2.0"


def setup(app):
    """The pages of the reference are written before anything is read."""
    app.connect("builder-inited", lambda app: write_reference.write(DOCS / "reference"))
    app.connect("source-read", lessons_under_their_page)
    app.connect("autodoc-process-docstring", names_with_dots)
    app.connect("autodoc-skip-member", what_others_made)


def lessons_under_their_page(app, docname, source):
    """The page of all lessons is one of the repository too, which knows no list of pages."""
    if docname == "examples/README":
        source[0] += "\n\n:::{toctree}\n:hidden:\n:glob:\n\n[0-9]*\n:::\n"


def names_with_dots(app, what, name, obj, options, lines):
    """`fake_...` is any name that begins so: to the reader of docstrings the dash is a link."""
    lines[:] = [re.sub(r"(?<![\"`\w])(\w+_)\.\.\.", r"``\1...``", line) for line in lines]


def what_others_made(app, what, name, obj, skip, options):
    """Methods that scikit-learn writes into an estimator are documented there."""
    return True if name.startswith("set_") and name.endswith("_request") else None
