"""Settings of all tests; puts `tests/` on the path, so that test modules can import `systems`."""

import os
import sys
from pathlib import Path

from hypothesis import settings

# Matrices here are small: BLAS threads that wait for each other make them up to 20 times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile("qdml", deadline=None, derandomize=True)
settings.load_profile("qdml")
