"""Optional libraries: imported, or named with the extra that brings them."""

import sys

import pytest

from qdml_quantum.support.extras import require


def test_what_is_there_is_imported():
    assert require("json.decoder").JSONDecoder


@pytest.mark.parametrize(
    ("module", "library", "extra"),
    [
        ("sklearn.datasets", "scikit-learn", "learning"),
        ("qiskit_ibm_runtime.fake_provider", "qiskit-ibm-runtime", "hardware"),
        ("mthree", "mthree", "hardware"),
    ],
)
def test_what_is_missing_is_named_with_its_extra(monkeypatch, module, library, extra):
    monkeypatch.setitem(sys.modules, module.split(".")[0], None)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError) as caught:
        require(module, "Tests")
    assert str(caught.value) == (
        f"Tests need {library}, which is not installed. "
        f"Install it with: pip install 'qdml-quantum[{extra}]'"
    )


def test_a_library_that_lacks_another_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "half_there.py").write_text("import nowhere_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="nowhere_at_all"):
        require("half_there")
