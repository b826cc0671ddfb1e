"""What tests of losses learn from: forty points, two classes of them, and a curve."""

import numpy as np

from qdml_quantum.objectives.losses.loss import Loss
from qdml_quantum.objectives.losses.models import MODELS

RNG = np.random.default_rng(7)
X2 = RNG.normal(size=(40, 2))
LABELS = (X2 @ [1.0, -2.0] + 0.3 * RNG.normal(size=40) > 0.2).astype(int)
CURVE = np.tanh(1.5 * X2[:, 0] - 0.4) + 0.1 * RNG.normal(size=40)
BOX3 = [(-4, 4)] * 3


def small(name, **options):
    """Every model on the same samples, with its natural targets."""
    model = MODELS[name]
    y = LABELS if model.classifier else CURVE
    if model.takes_any_inputs:
        return Loss(name, X2, y, bounds=BOX3, **options)
    bounds = [(-4, 4)] * len(model.weights)
    return Loss(name, X2, y, bounds=bounds, inputs=[0], **options)
