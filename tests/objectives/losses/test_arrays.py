"""Data of a loss: what is refused, and that labels of both kinds mean the same."""

import numpy as np
import pytest
from samples import BOX3, LABELS, X2, small

from qdml_quantum.objectives.losses.loss import Loss


@pytest.mark.parametrize("name", ["logistic", "perceptron", "zero_one"])
def test_labels_of_both_kinds_mean_the_same(name):
    zero_one, signs = small(name), Loss(name, X2, 2 * LABELS - 1, bounds=BOX3)
    w = (0.7, -1.1, 0.2)
    assert zero_one(*w) == signs(*w)
    assert set(zero_one.predict(w)) == {0.0, 1.0}
    assert set(signs.predict(w)) == {-1.0, 1.0}


@pytest.mark.parametrize(
    ("X", "y", "words"),
    [
        ([[1.0], [np.nan]], [0, 1], r"`X` must be finite, but is nan at index \(1, 0\)"),
        ([[1.0], [np.inf]], [0, 1], "`X` must be finite"),
        ([1.0, 2.0], [0, np.nan], "`y` must be finite, but is nan at index 1"),
        ([1.0, 2.0, 3.0], [0, 1], "one number for each of the 3 samples"),
        ([1.0, 2.0], [[0, 1]], "one number for each of the 2 samples"),
        ([1.0, 2.0], [1, 1], "hold both classes, but is 1 for all 2 samples"),
        ([1.0, 2.0], [1, 2], "be 0 and 1, or -1 and 1, but is 1, 2"),
        ([1.0, 2.0, 3.0], [0, 1, 2], "be 0 and 1, or -1 and 1, but is 0, 1, 2"),
        ([], [], "have samples and inputs"),
        (np.zeros((2, 2, 2)), [0, 1], "have samples and inputs"),
        (None, [0, 1], "`X` must be given"),
        ([1.0, 2.0], None, "`y` must be given"),
    ],
)
def test_bad_data_get_a_clear_message(X, y, words):
    with pytest.raises(ValueError, match=words):
        Loss("logistic", X, y, bounds=[(-1, 1)] * 2)


@pytest.mark.parametrize(
    ("X", "y", "words"),
    [
        ([["a"], ["b"]], [0, 1], "`X` must hold real numbers"),
        ([1.0, 2.0], ["no", "yes"], "`y` must hold real numbers"),
        ([1j, 2.0], [0, 1], "`X` must hold real numbers"),
    ],
)
def test_what_is_no_number_is_a_type_error(X, y, words):
    with pytest.raises(TypeError, match=words):
        Loss("logistic", X, y, bounds=[(-1, 1)] * 2)
