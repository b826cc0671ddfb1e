"""Raw results: packed, read, and refused where they do not fit."""

import dataclasses
import json

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from qiskit.primitives import BitArray

from qdml_quantum.hardware.jobs.transports import base as module
from qdml_quantum.hardware.jobs.transports.base import UnreadableError, decode, packed


@pytest.mark.parametrize("bits", [1, 7, 8, 9, 13])
def test_packed_shots_come_back(bits):
    rng = np.random.default_rng(bits)
    array = BitArray.from_bool_array(rng.integers(0, 2, (500, bits)).astype(bool), order="little")
    assert decode(packed([array, array])) == [array.get_counts()] * 2


def test_raw_results_of_the_older_sampler_can_be_read():
    from qiskit.primitives import DataBin, PrimitiveResult, SamplerPubResult
    from qiskit_ibm_runtime import RuntimeEncoder

    array = BitArray.from_counts({"01": 3, "11": 2})
    result = PrimitiveResult([SamplerPubResult(DataBin(meas=array))])
    assert decode(json.dumps(result, cls=RuntimeEncoder).encode()) == [{"01": 3, "11": 2}]


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]x", b"null", b"{}", b'"x"', b"\xff", b'{"schema_version": "v9"}', b"7"]
)
def test_what_is_no_result_is_said_to_be_none(raw):
    with pytest.raises(UnreadableError, match=f"result of {len(raw)} bytes can not be read"):
        decode(raw)


def test_kept_results_do_not_name_the_token(monkeypatch):
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "another-secret-token")
    with pytest.raises(UnreadableError) as caught:
        decode(b'{"schema_version": "another-secret-token"}')
    assert "another-secret" not in str(caught.value)
    assert dataclasses.is_dataclass(module.Status)
