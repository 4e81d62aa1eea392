"""What firms are called on pages: their registered names, as far as whoever looks may read them.

Promises that each name is read under a right that stands today, and on record; refuses nothing: a firm whose name may
not be read goes by its code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from puhui import days
from puhui.enterprises import dossier
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.web import reading
from puhui.words import Label

PERSON = "id~"  # how the pseudonym of a person begins
FOR = (Purpose.CREDIT_DECISION, Purpose.MONITORING, Purpose.RESEARCH)


def names_of(firms: Iterable[EnterpriseId], *, by: str) -> dict[EnterpriseId, str]:
    """Each firm's name under the first purpose that allows it."""
    left, today = list(dict.fromkeys(firms)), days.today()
    found: dict[EnterpriseId, str] = {}
    for purpose in FOR:
        if left:
            found |= dossier.names(left, purpose=purpose, as_of=today, on=today, by=by)
            left = [firm for firm in left if firm not in found]
    return found


def name_of(firm: EnterpriseId, *, by: str) -> str:
    """A firm's registered name, or its id where it may not be read."""
    today = days.today()
    return dossier.names([firm], purpose=reading.purpose_for(firm), as_of=today, on=today, by=by).get(firm, firm)


def subject(given: str, names: Mapping[EnterpriseId, str]) -> Label:
    """Whoever shares a cap or a tie: a firm by its name, a person, who stays a pseudonym, by the end of it.

    >>> subject("id~PIBHK3DCRH3WHQRMUSEQ", {}).en
    'a person (…RMUSEQ)'
    """
    if given.startswith(PERSON):
        return Label(f"a person (…{given[-6:]})", f"自然人（…{given[-6:]}）")
    name = names.get(EnterpriseId(given), given)
    return Label(name, name)
