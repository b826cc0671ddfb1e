"""One thread for matrix products, where `threadpoolctl` is installed."""

import sys

import numpy as np
import pytest

from qdml_quantum.learning.threads import one_thread


def blas_threads(threadpoolctl):
    return {
        pool["num_threads"]
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas"
    }


def test_matrix_products_take_one_thread_inside_and_as_before_outside():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    np.ones((2, 2)) @ np.ones((2, 2))
    with threadpoolctl.threadpool_limits(2, "blas"):
        before = blas_threads(threadpoolctl)
        with one_thread():
            assert blas_threads(threadpoolctl) == {1}
        assert blas_threads(threadpoolctl) == before


def test_without_the_library_nothing_happens(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with one_thread() as context:
        assert context is None
