"""Running a problem, judging the outcome, and keeping it in folders."""
