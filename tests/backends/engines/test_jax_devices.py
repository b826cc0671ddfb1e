"""How many devices are used: in this process JAX has one."""

import pytest

pytest.importorskip("jax")

from qdml_quantum import Grid, Problem
from qdml_quantum.backends.engines.jax_devices import available_devices, chosen_devices

WELL = Problem(Grid([(-2.5, 2.5)], 7), "double_well")


@pytest.mark.parametrize("devices", [0, 3, -2, 16])
def test_devices_are_a_power_of_two_that_the_grid_can_be_cut_for(devices):
    with pytest.raises(ValueError, match="devices"):
        chosen_devices(WELL, devices)


def test_devices_are_no_more_than_there_are():
    have = len(available_devices())
    with pytest.raises(ValueError, match="XLA_FLAGS"):
        chosen_devices(WELL, 8 if have < 8 else 1024)


def test_a_small_grid_is_on_one_and_a_large_one_on_all():
    assert chosen_devices(WELL, None) == available_devices()[:1]
    large = Problem(Grid([(-2.5, 2.5)], 20), "double_well")
    assert len(chosen_devices(large, None)) == 1 << (len(available_devices()).bit_length() - 1)
