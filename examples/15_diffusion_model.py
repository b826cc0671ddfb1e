"""Lesson: a diffusion model, and why it needs many noise levels."""

# %% [markdown]
# # A diffusion model: one noise level, many noise levels
#
# Lesson 10 showed that free motion in imaginary time is diffusion: every point takes random steps
# and the density spreads. Lesson 12 showed gradient descent with noise, which ends in
# `exp(-zeta / D)`. A diffusion model is both: it forgets the data by the first and finds them
# again by the second.
#
# **Forward.** Add noise to data: `x + sigma N`. That is diffusion with `sigma^2 = 2 D tau`.
#
# **Back.** Take `zeta = -log p_sigma`, p_sigma being the density of the noised data, and D = 1.
# Then gradient descent with noise ends in `exp(-zeta) = p_sigma`. Its force, the slope of
# `log p_sigma`, is called the score.
#
# Our data: eight spots on a circle. The last is eight times as heavy as the first.

# %%
import matplotlib.pyplot as plt
import numpy as np

from qdml_quantum.learning import (
    DiffusionModel,
    Mixture,
    add_noise,
    denoise,
    noise_levels,
    sample,
    sliced_wasserstein,
    toy,
)
from qdml_quantum.learning.sampling import broad_start
from qdml_quantum.teach import ask, predict

ring = toy("ring")
data = ring.draw(2000, seed=1)
held_out = ring.draw(2000, seed=2)
print("width of the data, and with noise of 1 added:",
      data.std().round(3), add_noise(data, 1.0, seed=0).std().round(3))  # fmt: skip
assert np.isclose(add_noise(data, 1.0, seed=0).std(), np.hypot(data.std(), 1), rtol=0.03)

# %% [markdown]
# **What is the score?** For points of data, p_sigma is a sum of one Gaussian per point. Its slope
# pulls x to a weighted mean of the points, and the weights are a Softmax: lesson 11, with
# `|x - x_n|^2` for the energies and `1 / (4 sigma^2)` for the time.
#
# **Predict.** Two points, at -1 and +1, and you stand at 0.1. Where does the weighted mean lie with
# much noise (sigma = 3), and where with little (sigma = 0.2)?

# %%
predict("The weighted mean for sigma = 3, and for 0.2?")

# %% tags=["hide-output"]
pair = Mixture([[-1.0], [1.0]])
for sigma in (3.0, 0.2):
    print(f"sigma = {sigma}: weights {pair.populations([[0.1]], sigma).round(3)[0]},"
          f" mean {denoise(pair, [[0.1]], sigma)[0, 0]:+.3f}")  # fmt: skip
assert abs(denoise(pair, [[0.1]], 3.0)[0, 0]) < 0.02
assert denoise(pair, [[0.1]], 0.2)[0, 0] > 0.98

# %% [markdown]
# <details><summary>Answer</summary>
#
# Much noise sees only the middle of everything; little noise sees only the nearest point. That is
# the whole problem of one level, and the reason for many.
#
# </details>

# %% [markdown]
# **Predict.** Walkers start far outside, in all directions. They may take 200 steps. (a) all of
# them at sigma = 0.05; (b) ten each at twenty levels that fall from 4 to 0.05. The right shares of
# the spots are 1 : 2 : ... : 8. Which shares do (a) and (b) find?

# %%
predict("The shares that (a) and (b) find?")

# %% tags=["hide-output"]
levels = noise_levels(4.0, 0.05, 20)
start = broad_start(ring, levels[0], 2000, seed=3)
one = sample(ring, levels[-1:], start=start, num_steps=200, seed=4).points
many = sample(ring, levels, start=start, num_steps=10, seed=4).points


def shares(points):
    """Of the eight spots, in units in which the true ones are 1 to 8."""
    nearest = np.linalg.norm(points[:, None] - ring.centers, axis=2).argmin(axis=1)
    return 36 * np.bincount(nearest, minlength=8) / len(points)


for name, points in (("one level", one), ("many", many), ("fresh data", held_out)):
    print(f"{name:>10}: shares {shares(points).round(1)}")
figure, axes = plt.subplots(1, 3, figsize=(9, 3), sharex=True, sharey=True, layout="constrained")
shown = {"one noise level": one, "many noise levels": many, "fresh data": held_out}
for ax, (name, points) in zip(axes, shown.items(), strict=True):
    ax.plot(*points.T, ".", ms=2, alpha=0.3, color="#0072B2")
    ax.set(title=name, aspect="equal")

wanted = np.arange(1, 9)
assert np.abs(shares(one) - wanted).mean() > 3 * np.abs(shares(many) - wanted).mean()

# %% [markdown]
# <details><summary>Answer</summary>
#
# At sigma = 0.05 a walker goes to the nearest spot and stays: what counts is how large the basin
# is, not how heavy the spot. At large sigma the spots flow into one hill, walkers cross freely and
# their numbers become right; then the hills part, slowly. Noise levels outside, evolution inside:
# the two loops of the anneal, with sigma for D.
#
# One number for it: the sliced Wasserstein distance, how far the samples have to be carried to
# become data.
#
# </details>

# %%
best = 9.0
for sigma in (0.05, 0.1, 0.2, 0.3, 0.4, 0.6):
    points = sample(ring, [sigma], start=start, num_steps=200, seed=4).points
    best = min(best, sliced_wasserstein(points, held_out))
    print(f"one level {sigma:4}: {sliced_wasserstein(points, held_out):.3f}")
annealed = sliced_wasserstein(many, held_out)
print(f"     annealed: {annealed:.3f}")
print(f"   fresh data: {sliced_wasserstein(data, held_out):.3f}")
assert 3 * annealed < sliced_wasserstein(one, held_out)
assert annealed < best

# %% [markdown]
# **Learn it.** So far we used the exact score. A network that only sees 2000 points can learn it:
# add noise, and ask for the clean point. The best guess is a mean over all points that could have
# been meant, and `(best guess - x) / sigma^2` *is* the score (Vincent 2011).
#
# **Predict.** The exact score of the *points* is known without any training. Why not use that?

# %%
predict("Why not use the exact score of the points?")

# %% tags=["hide-output"]
try:
    model = DiffusionModel.train(data, seed=0)
except ImportError as error:
    raise SystemExit(f"The last part is left out. {error}") from None
made = model.sample(1000, seed=5)
print(f"learned, annealed: {sliced_wasserstein(made, held_out):.3f}")
few = data[:200]
finer = noise_levels(4.0, 0.004, 30)
copied = sample(Mixture(few), finer, 1000, num_steps=10, seed=5).points


def to_nearest(points):
    return np.linalg.norm(points[:, None] - few, axis=2).min(axis=1)


print("median distance to the nearest of 200 training points:")
print(f"  exact score of these points {np.median(to_nearest(copied)):.5f}")
print(f"  fresh data                  {np.median(to_nearest(held_out)):.5f}")
assert sliced_wasserstein(made, held_out) < 0.1
assert np.median(to_nearest(copied)) < 0.1 * np.median(to_nearest(held_out))

# %% [markdown]
# <details><summary>Answer</summary>
#
# The exact score of the points gives the points back: it has learned them by heart. A network that
# is too small for that has to draw smooth hills, and so makes points that are new.
#
# </details>

# %% [markdown]
# ## Two exercises
#
# Your name in place of Ada's draws your numbers. Your answer in place of this one is told which
# mistake it is; a right one gives a code word for your lecturer.

# %%
first = ask("denoise", name="Ada")
print(first)

# %%
print(first.check("0.5"))

# %%
second = ask("temperature", name="Ada")
print(second)

# %%
print(second.check("0.2"))
