"""One entry of the list of built-ins, and the words that entries are written with."""

from qdml_quantum.objectives import Objective
from qdml_quantum.objectives.builtins.builtin import Builtin


def test_adding_one_is_one_function_and_one_entry():
    def bowl(x):
        """Bowl: round.

        ``x**2``.
        """
        return x**2

    entry = Builtin(
        bowl, 1, 1, lambda d: ((-1, 1),), lambda d: ((0.0,),), lambda d: 0.0, "doi:10.1/x"
    )
    assert (entry.name, entry.description, entry.equation) == ("bowl", "Bowl: round.", "x**2")
    assert isinstance(entry.objective(), Objective)
