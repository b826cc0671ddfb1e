"""What is asked of every backend: whether its runs are paid for, and the seed that follows."""

import pytest

from qdml_quantum.backends import as_backend, is_paid, seed_on


class Paid:
    plannable, is_local = True, False


def test_on_a_service_the_default_seed_is_the_same_every_time():
    assert is_paid(Paid()) and {seed_on(Paid(), None) for _ in range(3)} == {0}
    assert seed_on(Paid(), 7) == 7


def test_elsewhere_it_is_a_fresh_one():
    emulator = as_backend("emulator")
    assert not is_paid(emulator) and len({seed_on(emulator, None) for _ in range(3)}) == 3


@pytest.mark.parametrize(("seed", "error"), [(-1, ValueError), ("one", TypeError)])
def test_what_is_no_seed(seed, error):
    with pytest.raises(error, match="seed"):
        seed_on(Paid(), seed)
