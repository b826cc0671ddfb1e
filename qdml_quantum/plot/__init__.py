"""Figures of results: matplotlib Axes in, Axes out. Needs the extra ``qdml-quantum[plots]``.

Nothing here touches `pyplot`: a function that is not given an Axes makes a `Figure` of its own, so
figures work without a display and nothing stays open. To see one in a window, make the Axes
yourself: ``figure, ax = plt.subplots(); plot_stages(result, ax); plt.show()``.
"""

try:
    import matplotlib  # noqa: F401
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        'Figures need matplotlib, which is not installed. Run: pip install "qdml-quantum[plots]"',
        name="matplotlib",
    ) from None

from qdml_quantum.plot.animation import animate
from qdml_quantum.plot.benchmark import plot_benchmark
from qdml_quantum.plot.circuit import plot_circuit
from qdml_quantum.plot.device import plot_device
from qdml_quantum.plot.energy import plot_comparison, plot_energy, plot_schedule, plot_success
from qdml_quantum.plot.gap import plot_gap
from qdml_quantum.plot.maps import plot_map, plot_stage_maps
from qdml_quantum.plot.save import save_figures
from qdml_quantum.plot.self_test import plot_self_test
from qdml_quantum.plot.stages import plot_marginals, plot_stages

__all__ = [
    "animate",
    "plot_benchmark",
    "plot_circuit",
    "plot_comparison",
    "plot_device",
    "plot_energy",
    "plot_gap",
    "plot_map",
    "plot_marginals",
    "plot_schedule",
    "plot_self_test",
    "plot_stage_maps",
    "plot_stages",
    "plot_success",
    "save_figures",
]
