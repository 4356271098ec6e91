"""The answers to forms that were sent a moment ago: each is given again, for a while, and they are not too many."""

from collections import Counter

from fastapi import Response

from pbxtally.web import form_answers
from pbxtally.web.form_answers import FormAnswers

FORMS = [b"form %d" % number for number in range(5)]


def _carried_out(answers, forms):
    """How often each form is carried out."""
    times = Counter()

    def carry_out(form):
        times[form] += 1
        return Response(form)

    given = [answers.answer(form, lambda form=form: carry_out(form)).body for form in forms]
    assert given == forms
    return times


def test_a_form_that_comes_again_is_not_carried_out_again():
    assert _carried_out(FormAnswers(), FORMS + FORMS) == Counter(FORMS)


def test_of_too_many_answers_the_oldest_are_forgotten(monkeypatch):
    monkeypatch.setattr(form_answers, "MOST", 3)
    answers = FormAnswers()
    _carried_out(answers, FORMS)
    assert _carried_out(answers, FORMS[::-1]) == Counter(FORMS[:2])


def test_an_answer_is_forgotten_after_a_while(monkeypatch):
    answers = FormAnswers()
    _carried_out(answers, FORMS)
    monkeypatch.setattr(form_answers, "KEPT_SECONDS", -1)
    assert _carried_out(answers, FORMS) == Counter(FORMS)
