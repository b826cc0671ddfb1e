"""Films of runs: the frames are the stages, in one, two and three dimensions."""

import pytest

pytest.importorskip("matplotlib")

from matplotlib.animation import writers
from PIL import Image

from qdml_quantum import Grid, Problem, Schedule, evolve
from qdml_quantum.plot import animate, animation


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(animation, "_DPI", 40)


@pytest.mark.parametrize("run", ["line", "square", "cube"])
def test_a_frame_for_every_stage(run, request, tmp_path):
    result = request.getfixturevalue(run)
    film = Image.open(animate(result, tmp_path / "a.gif", seconds=3))
    assert film.n_frames == len(result.stages) == 6
    assert film.info["duration"] == 500
    film.seek(film.n_frames - 1)
    last = film.convert("RGB").tobytes()
    film.seek(0)
    assert film.convert("RGB").tobytes() != last


def test_of_many_stages_ninety_are_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(animation, "_FRAMES", 7)
    schedule = Schedule.geometric((4, 0.2), num_stages=40, num_steps=1, time_step=0.05)
    result = evolve(Problem(Grid([(-3, 3)], 5), "x**2"), schedule)
    assert Image.open(animate(result, tmp_path / "a.gif")).n_frames == 7


@pytest.mark.skipif(not writers.is_available("ffmpeg"), reason="no ffmpeg")
def test_a_film(line, tmp_path):
    assert animate(line, tmp_path / "a.mp4").stat().st_size > 1000


def test_without_ffmpeg_a_film_is_refused(line, tmp_path, monkeypatch):
    monkeypatch.setattr(writers, "is_available", lambda name: False)
    with pytest.raises(ValueError, match="Install ffmpeg"):
        animate(line, tmp_path / "a.mp4")


def test_what_cannot_be_shown_is_refused(line, shots_only, tmp_path):
    with pytest.raises(ValueError, match="`result` must hold the histograms"):
        animate(shots_only, tmp_path / "a.gif")
    with pytest.raises(ValueError, match=r"`path` must end in \.gif or \.mp4"):
        animate(line, tmp_path / "a.png")
    with pytest.raises(ValueError, match="`seconds`"):
        animate(line, tmp_path / "a.gif", seconds=0)
    with pytest.raises(ValueError, match="`axis`"):
        animate(line, tmp_path / "a.gif", axis=2)
