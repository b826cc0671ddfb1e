"""Histograms of a given signal, as a device with uniform noise makes them."""

import numpy as np


def toward_uniform(ideal, signal):
    """A mixture of the ideal and the uniform histogram with a given S."""
    q = np.asarray(ideal).ravel()
    flat = (np.sqrt(q / q.size).sum()) ** 2

    def signal_of(share):
        p = (1 - share) * q + share / q.size
        return (np.sqrt(p * q).sum() ** 2 - flat) / (1 - flat)

    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if signal_of(middle) > signal else (low, middle)
    return ((1 - low) * q + low / q.size).reshape(np.shape(ideal))
