"""Settings of all tests."""

import os

from hypothesis import settings

# Matrices here are small: BLAS threads that wait for each other make them up to 20 times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
settings.register_profile("qdml", deadline=None, derandomize=True)
settings.load_profile("qdml")
