"""Figures of results: matplotlib Axes in, Axes out. Needs the extra ``qdml-quantum[plots]``.

Nothing here touches `pyplot`: a function that is not given an Axes makes a `Figure` of its own, so
figures work without a display and nothing stays open. To see one in a window, make the Axes
yourself: ``figure, ax = plt.subplots(); plot_stages(result, ax); plt.show()``.

Names are loaded on first use: the figures of a run need neither films nor what is benchmarked.
"""

import lazy_loader

try:
    import matplotlib  # noqa: F401
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        'Figures need matplotlib, which is not installed. Run: pip install "qdml-quantum[plots]"',
        name="matplotlib",
    ) from None

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)  # names: __init__.pyi
