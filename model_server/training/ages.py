"""Ages: the one attribute of training examples that is computed, and worded in three ways."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from model_server.training.knowledge import Fact, is_unseen

AGE = "Age"


def with_ages(facts: Sequence[Fact], today: datetime.date) -> list[Fact]:
    """Facts plus each person's age, in the three forms the retrieval tool gives it.

    "40" where the birth date is known, "52 or 53 if living" where only the year is, and
    "84 at death (died 28 August 1963)". What counts here is the form, not the person's true age.
    """
    died = {fact.subject: fact.value for fact in facts if fact.attribute == "Death date"}
    ages = []
    for fact in facts:
        if fact.attribute != "Birth year" or not fact.value.isdigit():
            continue
        years = today.year - int(fact.value)
        if fact.subject in died:
            at_death = int(died[fact.subject].rsplit(" ", 1)[-1]) - int(fact.value)
            text = f"{at_death} at death (died {died[fact.subject]})"
        elif years > 100:
            continue
        else:
            text = f"{years - 1} or {years} if living" if is_unseen(fact.text) else str(years)
        ages.append(Fact(fact.subject, AGE, text, fact.kind))
    return [*facts, *ages]


def special_age(fact: Fact) -> str | None:
    """The sentence for an age that is not one plain number."""
    if fact.attribute != AGE:
        return None
    if fact.value.endswith(" if living"):
        return f"If living, {fact.subject} is {fact.value.removesuffix(' if living')} years old."
    if " at death (died " in fact.value:
        years, _, rest = fact.value.partition(" at death (died ")
        return f"{fact.subject} died on {rest.removesuffix(')')} at the age of {years}."
    return None
