"""The installed version of the runtime client: what older ones lack is skipped."""

from importlib.metadata import PackageNotFoundError, version

import pytest

try:
    INSTALLED = tuple(map(int, version("qiskit-ibm-runtime").split(".")[:2]))
except PackageNotFoundError:
    INSTALLED = (0, 0)

since_44 = pytest.mark.skipif(INSTALLED < (0, 44), reason="no fake_nighthawk in the older client")
since_48 = pytest.mark.skipif(INSTALLED < (0, 48), reason="the older client can not do that")
