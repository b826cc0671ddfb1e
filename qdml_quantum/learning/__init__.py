"""Diffusion models: noise levels outside, evolution inside; scores, samplers, quality numbers."""

from __future__ import annotations

from qdml_quantum.learning.data import digits, toy, toy_names
from qdml_quantum.learning.denoising import DenoisingStudy, denoising_study, estimate_noise
from qdml_quantum.learning.diffusion_model import DiffusionModel
from qdml_quantum.learning.generation import GenerationStudy, generation_study
from qdml_quantum.learning.network import ScoreNetwork
from qdml_quantum.learning.quality import compare, mmd, sliced_wasserstein, wasserstein
from qdml_quantum.learning.sampling import Samples, add_noise, noise_levels, sample
from qdml_quantum.learning.score import GaussianScore, Mixture, Score, denoise
from qdml_quantum.learning.training import learn_score

__all__ = [
    "DenoisingStudy",
    "DiffusionModel",
    "GaussianScore",
    "GenerationStudy",
    "Mixture",
    "Samples",
    "Score",
    "ScoreNetwork",
    "add_noise",
    "compare",
    "denoise",
    "denoising_study",
    "digits",
    "estimate_noise",
    "generation_study",
    "learn_score",
    "mmd",
    "noise_levels",
    "sample",
    "sliced_wasserstein",
    "toy",
    "toy_names",
    "wasserstein",
]
