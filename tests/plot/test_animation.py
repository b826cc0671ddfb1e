"""Moving pictures: one per stage, of that stage, the same bytes every time."""

import io
import re
import shutil
import subprocess

import numpy as np
import pytest

pytest.importorskip("matplotlib")

import matplotlib
from matplotlib.colors import to_rgb
from PIL import Image

from qdml_quantum.plot import animate, animation, style


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(animation, "_DPI", 40)


def filled(frame):
    """Columns of pixels that are filled with probability, as counts."""
    sky = 0.4 * np.array(to_rgb(style.SKY)) + 0.6
    return (np.abs(frame[..., :3] / 255 - sky).max(axis=2) < 0.02).sum(axis=0)


def test_every_stage_is_a_picture_of_its_own_density(line):
    movie = animate(line)
    assert len(movie.frames) == len(line.stages)
    drawn, true = [], []
    for frame, probabilities in zip(movie.frames, line.stage_probabilities, strict=True):
        heights = filled(frame) / filled(frame).sum()
        for values, x, p in (
            (drawn, np.arange(heights.size), heights),
            (true, line.grid.axes[0].points, probabilities),
        ):
            mean = p @ x
            values.append((mean, np.sqrt(p @ (x - mean) ** 2)))
    pixels, units = (np.ptp(values, axis=0) for values in (drawn, true))
    means, widths = np.corrcoef(*np.array([drawn, true])[:, :, 0])[0, 1], pixels[1] / units[1]
    assert means > 0.99
    assert pixels[0] / units[0] == pytest.approx(widths, rel=0.2)  # One scale for both.


def test_seconds_keep_the_first_and_the_last_stage(line):
    short, whole = animate(line, seconds=0.25), animate(line)
    assert len(short.frames) == 3
    assert np.array_equal(short.frames[0], whole.frames[0])
    assert np.array_equal(short.frames[-1], whole.frames[-1])


def test_gif(line, tmp_path):
    movie = animate(line, tmp_path / "run.gif", seconds=0.2)
    again = animate(line, seconds=0.2)
    content = (tmp_path / "run.gif").read_bytes()
    assert content == movie.to_gif() == again.to_gif()
    image = Image.open(io.BytesIO(content))
    assert image.n_frames == 2
    times = []
    for number in range(image.n_frames):
        image.seek(number)
        times.append(image.info["duration"])
    assert times[-1] > 10 * times[0] > 0  # The last picture stays.
    assert "data:image/gif;base64,R0lGOD" in movie._repr_html_()


def test_maps_and_marginals(square, cube):
    assert len(animate(square).frames) == len(square.stages)
    one = animate(cube, axis=2, seconds=0.1)
    assert len(one.frames) == 1
    assert filled(one.frames[0]).any()


def test_what_cannot_be_shown_is_said(shots_only, cube, line, monkeypatch):
    with pytest.raises(ValueError, match=r"`result` must have the probabilities of its stages"):
        animate(shots_only)
    with pytest.raises(ValueError, match=r"`axis` must say which of the 3 axes"):
        animate(cube)
    with pytest.raises(ValueError, match=r"`path` must end in .gif or .mp4, but is run.html"):
        animate(line, "run.html", seconds=0.1)
    monkeypatch.setattr(animation.writers, "is_available", lambda name: False)
    with pytest.raises(ValueError, match=r"`path` must .* where ffmpeg is not, but is run.mp4"):
        animate(line, "run.mp4", seconds=0.1)
    with pytest.raises(ValueError, match="`seconds` must be"):
        animate(line, seconds=0)


def ffmpeg():
    """Where one is: of the system, or of the package imageio-ffmpeg."""
    try:
        from imageio_ffmpeg import get_ffmpeg_exe
    except ImportError:
        return shutil.which("ffmpeg")
    return get_ffmpeg_exe()


@pytest.mark.skipif(ffmpeg() is None, reason="no ffmpeg")
@pytest.mark.parametrize("kind", ["line", "square"])
def test_a_film_of_mpeg_4(request, tmp_path, monkeypatch, kind):
    """As long as the GIF, the last picture held, in a format that slides and browsers play."""
    monkeypatch.setitem(matplotlib.rcParams, "animation.ffmpeg_path", ffmpeg())
    movie = animate(request.getfixturevalue(kind), tmp_path / "run.mp4", seconds=1.0)
    command = [ffmpeg(), "-i", str(tmp_path / "run.mp4"), "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert "h264" in said and "yuv420p" in said
    held = round(1.5 * animation.FRAMES_PER_SECOND)
    assert int(re.findall(r"frame=\s*(\d+)", said)[-1]) == len(movie.frames) + held - 1
