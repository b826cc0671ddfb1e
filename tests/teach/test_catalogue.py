"""The list of exercises: every file is in it, every mistake has a text, the page asks the same."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from qdml_quantum.teach import EXERCISES, ask, find_exercise
from qdml_quantum.teach import catalogue as catalogue_module
from qdml_quantum.teach.catalogue import ON_THE_PAGE
from qdml_quantum.teach.lab.page import SOURCES

NAMES = ["Ada", "李明", "Zoë 7", " Émile  Borel", "noor", "Grace", "<img src=x>", "Ines", "Juan"]


def test_every_file_is_listed_once():
    files = Path(catalogue_module.__file__).with_name("exercises").iterdir()
    assert sorted(EXERCISES) == sorted(file.stem for file in files)
    assert len(EXERCISES) == len(set(EXERCISES)) == 20


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_complete(name):
    """Two mistakes or more, a text for each and for nothing else, no hole without its number."""
    exercise = find_exercise(name)
    texts = exercise.words["en"]
    assert len(exercise.mistakes) >= 2
    assert {"title", "ask", "hint1", "hint2", "why", *exercise.mistakes} <= set(texts)
    known = {"title", "ask", "stage", "hint1", "hint2", "why", *exercise.mistakes}
    assert {key for key in texts if not re.match(r"(reason|shape|choice_)", key)} <= known
    assert not known.intersection(exercise.choices) - set(exercise.mistakes)
    question = exercise.ask("Ada")
    for key in texts:
        assert "{" not in question.say(key)
    chinese = exercise.ask("Ada", language="zh")
    assert chinese.values == question.values
    assert exercise.words["zh"].keys() == texts.keys()
    for key, text in texts.items():
        said = exercise.words["zh"][key]
        assert set(re.findall(r"{.*?}", said)) == set(re.findall(r"{.*?}", text)), key
        assert "{" not in chinese.say(key)
        assert re.search("[\u4e00-\u9fff]", said) or "=" in said
    assert set(exercise.sides) <= set(exercise.mistakes)


USUAL = {
    "factor 2 of |psi|^2": (("born", "amplitude"), ("cool", "amplitude"), ("point", "twice")),
    "sign of the transform": (("transform", "sign"),),
    "missing dx": (("point", "density"),),
    "D for 1/(2m)": (("fall", "newton"), ("fall", "inverse"), ("width", "half")),
    "right end of the periodic box": (("grid", "end"), ("edge", "reflected")),
    "success by chance": (("chance", "nothing"), ("shots", "one")),
    "energy against min zeta": (("zero", "bottom"),),
}
"""What students do first, and the exercises that know it."""


@pytest.mark.parametrize("usual", USUAL)
def test_the_usual_mistakes_are_known(usual):
    for exercise, mistake in USUAL[usual]:
        assert mistake in find_exercise(exercise).mistakes


def test_choices_leave_no_answer_without_a_word():
    """A wrong choice is a mistake that is recognised, every one of them."""
    for name in EXERCISES:
        exercise = find_exercise(name)
        if exercise.choices:
            question = exercise.ask("Ada")
            said = [question.check(choice) for choice in exercise.choices]
            assert sum(one.right for one in said) == 1
            assert all(one.right or one.mistake for one in said)


def test_the_page_of_the_docs_lists_them():
    exercises = map(find_exercise, EXERCISES)
    rows = [
        f"| {number} | `{one.name}` | {one.title} | {len(one.mistakes)} |"
        for number, one in enumerate(exercises, 1)
    ]
    assert "\n".join(rows) in (Path(__file__).parents[2] / "docs/teach.md").read_text()


def test_an_exercise_has_a_name_and_a_number():
    assert find_exercise(20).name == find_exercise(" DENOISE ").name == EXERCISES[19]
    assert find_exercise("3") is find_exercise("slow")
    for wrong in (0, 21, "-1", "nothing"):
        with pytest.raises(ValueError, match="Unknown exercise"):
            find_exercise(wrong)


def test_it_is_asked_and_answered_in_chinese():
    question = ask("born", "李明", language="zh")
    width = question.values["w"]
    assert str(question).startswith("测到的有多宽？\n")
    assert (
        question.check(width).text == question.say("amplitude") != ask("born", "李明").say("half")
    )
    assert str(question.check(question.answer)).splitlines()[1].startswith("暗号：")
    assert (
        question.check(question.answer).code_word
        == ask("born", "李明").check(question.answer).code_word
    )
    for factor, said in ((-1, "符号不对"), (10, "因子 10"), (-10, "符号也不对"), (1.3, "太大")):
        assert said in question.check(factor * question.answer).text
    assert "提示 2" in question._repr_html_() and "还不对" in question.check(width)._repr_html_()
    with pytest.raises(ValueError, match="`language` must be en or zh, but is de"):
        ask("born", "Ada", language="de")


def test_a_name_is_asked_the_same_again():
    assert ask("width", " ADA ").values == ask(1, "ada").values
    assert ask("width", "Ada").values != ask("width", "Ada", attempt=1).values
    with pytest.raises(ValueError, match="`name` must hold a name"):
        ask("width", "  ")


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_the_page_asks_the_same():
    """Numbers, answer and mistakes: one definition, two readers, two arithmetics."""
    script = (
        f"import * as m from {json.dumps((SOURCES / 'exercises.js').as_uri())};"
        f"const names = {json.dumps(NAMES)};"
        "console.log(JSON.stringify(m.EXERCISES.map((e) => names.map((n) => "
        "[m.parameters(e, n, 1).p, m.parameters(e, n, 1).mistakes]))))"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    theirs = json.loads(done.stdout)
    assert len(theirs) == len(ON_THE_PAGE) == 10
    for name, of_exercise in zip(ON_THE_PAGE, theirs, strict=True):
        for who, (values, mistakes) in zip(NAMES, of_exercise, strict=True):
            question = ask(name, who, attempt=1)
            for ours, page in ((question.values, values), (question.mistakes, mistakes)):
                assert ours.keys() == page.keys()
                assert ours == pytest.approx(page, rel=1e-7, abs=1e-9), (name, who)
            for key in find_exercise(name).draw:
                assert question.values[key] == values[key]
