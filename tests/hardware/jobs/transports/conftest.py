"""A fake device, and a plan in its gates."""

import pytest


@pytest.fixture(scope="package")
def fez():
    from qiskit_ibm_runtime.fake_provider import FakeFez

    return FakeFez()


@pytest.fixture(scope="package")
def plan(fez):
    """For a device of the double; what decides is the same for all, so tests change the seed."""
    from fake_service import changed, small_plan
    from qiskit.transpiler import generate_preset_pass_manager

    from qdml_quantum.hardware.planning.setting import Setting

    manager = generate_preset_pass_manager(1, backend=fez, seed_transpiler=0)
    plain = small_plan(backend="ibm_fez")
    settings = tuple(Setting(s.kind, manager.run(s.circuit)) for s in plain.settings)
    return changed(plain, settings=settings)
