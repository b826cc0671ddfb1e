# The names of this package, each written once: it loads them from here on first use.

from .animation import animate as animate
from .benchmark import plot_benchmark as plot_benchmark
from .circuit import plot_circuit as plot_circuit
from .dark import darken as darken
from .device import plot_device as plot_device
from .energy import plot_comparison as plot_comparison
from .energy import plot_energy as plot_energy
from .energy import plot_schedule as plot_schedule
from .energy import plot_success as plot_success
from .evolution import plot_evolution as plot_evolution
from .gap import plot_gap as plot_gap
from .maps import plot_map as plot_map
from .maps import plot_stage_maps as plot_stage_maps
from .save import save_figures as save_figures
from .self_test import plot_self_test as plot_self_test
from .stages import plot_marginals as plot_marginals
from .stages import plot_stages as plot_stages
from .sweep import plot_sweep as plot_sweep
