"""Numbers of the figures, each made once; and empty Axes."""

from functools import lru_cache

import pytest


@pytest.fixture(scope="session")
def made():
    """The numbers of a figure; figures 5 and 7 need scikit-learn."""
    from qdml_quantum.plot.paper import paper_numbers

    @lru_cache
    def numbers_of(figure):
        if figure in (5, 7):
            pytest.importorskip("sklearn")
        return paper_numbers(figure)

    return numbers_of


@pytest.fixture
def drawn():
    """Axes on which a module has drawn numbers."""
    from qdml_quantum.plot import style

    def draw(module, numbers):
        _, axes = style.new_row(module.PANELS, getattr(module, "ROWS", 1))
        module.draw(numbers, axes)
        return axes

    return draw
