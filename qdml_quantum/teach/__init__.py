"""Teaching: exercises that know likely mistakes, code words for lecturers, the page of the lab."""

from qdml_quantum.teach.catalogue import EXERCISES, ask, find_exercise
from qdml_quantum.teach.codewords import check_words, code_word, read_answers
from qdml_quantum.teach.exercise import Exercise, Feedback, Question
from qdml_quantum.teach.predictions import predict

__all__ = [
    "EXERCISES",
    "Exercise",
    "Feedback",
    "Question",
    "ask",
    "check_words",
    "code_word",
    "find_exercise",
    "predict",
    "read_answers",
]
