"""The suite of the QHD paper: complete, and with the formulas of the paper."""

import numpy as np
import pytest

from qdml_quantum.objectives import builtin, parse_formula
from qdml_quantum.objectives.builtins.catalogue import BUILTINS
from qdml_quantum.objectives.builtins.qhd import QHD_SUITE

CASES = [(name, d) for name, e in BUILTINS.items() for d in range(e.fewest, min(e.most, 3) + 1)]


SUITE = {
    "ackley": "-20*exp(-0.2*sqrt(0.5*(x**2+y**2))) - exp(0.5*(cos(2*pi*x)+cos(2*pi*y))) + 20 + e",
    "ackley2": "-200*exp(-0.2*sqrt(x**2+y**2))",
    "alpine1": "abs(x*sin(x)+0.1*x) + abs(y*sin(y)+0.1*y)",
    "alpine2": "-sqrt(x)*sin(x)*sqrt(y)*sin(y)",
    "bohachevsky2": "x**2 + 2*y**2 - 0.3*cos(3*pi*x)*cos(4*pi*y) + 0.3",
    "camel3": "2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2",
    "csendes": "x**6*(2+sin(1/x)) + y**6*(2+sin(1/y))",
    "defl_corr_spring": "0.1*((x-5)**2+(y-5)**2) - cos(5*sqrt((x-5)**2+(y-5)**2))",
    "dropwave": "-(1+cos(12*sqrt(x**2+y**2)))/(0.5*(x**2+y**2)+2)",
    "easom": "-cos(x)*cos(y)*exp(-x**2-y**2)",
    "griewank": "(x**2+y**2)/4000 - cos(x)*cos(y/sqrt(2)) + 1",
    "holder": "-abs(sin(x)*cos(y)*exp(abs(1-sqrt(x**2+y**2)/pi)))",
    "hosaki": "(1-8*x+7*x**2-7*x**3/3+x**4/4)*y**2*exp(-y)",
    "levy": "sin(pi*(1+(x-1)/4))**2 + ((x-1)/4)**2*(1+10*sin(pi*(1+(x-1)/4)+1)**2) "
    "+ ((y-1)/4)**2*(1+sin(2*pi*(1+(y-1)/4))**2)",
    "levy13": "0.05*(sin(3*pi*x)**2 + (x-1)**2*(1+sin(3*pi*y)**2) + (y-1)**2*(1+sin(2*pi*y)**2))",
    "michalewicz": "-sin(x)*sin(x**2/pi)**20 - sin(y)*sin(2*y**2/pi)**20",
    "rastrigin": "20 + x**2 - 10*cos(2*pi*x) + y**2 - 10*cos(2*pi*y)",
    "rosenbrock": "(y-x**2)**2 + 0.01*(1-x)**2",
    "shubert": "(cos(2*x+1)+2*cos(3*x+2)+3*cos(4*x+3))*(cos(2*y+1)+cos(y+2))",
    "styblinski_tang": "(x**4-16*x**2+5*x+y**4-16*y**2+5*y)/156",
    "sumofsquares": "x**2 + 2*y**2",
    "xinsheyang3": "exp(-(x/15)**6-(y/15)**6) - 2*exp(-x**2-y**2)*cos(x)**2*cos(y)**2",
}
"""The 22 functions of arXiv:2303.01471, typed out independently of the built-ins."""


def test_the_suite_is_complete():
    assert set(SUITE) == set(QHD_SUITE)


@pytest.mark.parametrize("paper_name", SUITE)
def test_suite_has_the_formulas_of_the_paper(paper_name):
    name, interval = QHD_SUITE[paper_name]
    x, y = np.random.default_rng(2).uniform(*interval, (2, 500))
    expected = parse_formula(SUITE[paper_name])(x, y)
    np.testing.assert_allclose(builtin(name, 2)(x, y), expected, rtol=1e-11, atol=1e-12)
