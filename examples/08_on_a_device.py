"""Lesson: on a device: plan, submit, fetch, believe only the data.

Run it as it is and it uses a fake device. With an account of IBM Quantum (saved once by
`QiskitRuntimeService.save_account`, or in QISKIT_IBM_TOKEN and QISKIT_IBM_INSTANCE) name a device:

    python examples/08_on_a_device.py least-busy
"""

# %% [markdown]
# # On a device: plan, submit, fetch, believe only the data
#
# Offline here, on a fake device with the calibration of a real one; with an account unchanged.
#
# **Predict.** Three qubits, two steps, 4096 shots: how much of the ideal histogram is left after
# the noise, on a scale where 0 is uniform and 1 ideal? And what will the same cost in seconds?

# %%
import sys

from qdml_quantum import Compiler, Grid, Problem, fetch, jobs, plan, plot_device, submit
from qdml_quantum.teach import ask, predict

predict("What share of the histogram is left?")

# %% tags=["hide-output"]
backend = sys.argv[1] if len(sys.argv) == 2 else "fake_fez"  # A notebook has other words there.
problem = Problem(Grid([(-2.5, 2.5)], num_qubits=3), "double_well")

# Before: what it costs, and what its histogram could show. Nothing is sent.
made = plan(
    problem,
    backend=backend,
    shots=4096,
    besides=["momentum", "readout"],
    compiler=Compiler("joint", effort=1.0),
)
print(made, "\n")
assert made.worth

# %%
# During: the ledger knows the job before the service does. Run this file again, and the same job
# is found instead of paying for another one; stop it at any point, and nothing is lost.
job = submit(made)
print(job)
assert submit(made).tag == job.tag

# %%
# After: another process, another day, another machine with the ledger could do this.
result = fetch(job, progress=True)
print("\n", result, sep="")
print(f"S {result.device.signal}, predicted {made.expected_signal:.3f}, by chance 0")
above_chance = result.success.low > result.goal.baseline
assert result.passed == (result.device.signal.low > 0.5 and above_chance)
assert job.tag in [known.tag for known in jobs()]

# %% [markdown]
# What was measured beside what was predicted: the verdict rests on these counts alone.

# %%
plot_device(result)

# %% [markdown]
# ## Two exercises
#
# Your name in place of Ada's draws your numbers. Your answer in place of this one is told which
# mistake it is; a right one gives a code word for your lecturer.

# %%
first = ask("survival", name="Ada")
print(first)

# %%
print(first.check("0.5"))

# %%
second = ask("shots", name="Ada")
print(second)

# %%
print(second.check("64"))
