"""The installed version of the runtime client: what older ones lack is skipped."""

from importlib.metadata import PackageNotFoundError, version

import pytest

try:
    INSTALLED = tuple(map(int, version("qiskit-ibm-runtime").split(".")[:2]))
except PackageNotFoundError:
    INSTALLED = (0, 0)

since_44 = pytest.mark.skipif(INSTALLED < (0, 44), reason="no fake_nighthawk in the older client")
since_48 = pytest.mark.skipif(INSTALLED < (0, 48), reason="the older client can not do that")
since_51 = pytest.mark.skipif(INSTALLED < (0, 51), reason="the older client asks for a new token")
since_49 = pytest.mark.skipif(INSTALLED < (0, 49), reason="the older client knows no double")


def require_place_of_tokens():
    """Skip a test with the double where the client asks IBM for tokens, wherever it is told to."""
    if INSTALLED < (0, 49):
        pytest.skip("the older client knows one place of tokens")
