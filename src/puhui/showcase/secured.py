"""Stage: who shares a cap follows the ties of the world; a line is secured three ways; two lines meet a shared cap.

The world's firms let their ties be watched. The group and the circle that are shown are the largest that the registry
and the bureau tell of, each under a cap that two people set for it. Leaves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from puhui import days
from puhui.approval.signed import Approval
from puhui.exposure import nightly
from puhui.exposure import selectors as exposure
from puhui.exposure import services as caps
from puhui.exposure.caps import SCOPES, CapKey, Counts, Scope
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId
from puhui.lending import selectors as lending
from puhui.lending import services
from puhui.lending.acts.acting import Acted
from puhui.lending.facility import FacilityId
from puhui.lending.rail import HttpRail, Rail
from puhui.mitigation import acts
from puhui.mitigation import services as mitigation
from puhui.mitigation.guarantees import Guarantor, Turn
from puhui.mitigation.parts import Part
from puhui.money import Money, yuan
from puhui.progress import Step
from puhui.refusals import BadInput, Refused
from puhui.showcase.play import Play, Sheet, Stage, Told
from puhui.simulator.bank import open_bank
from puhui.words import Label

OFFICER, MANAGER = "a credit officer", "a risk manager"
PRODUCT, DOCUMENT = "any_time", "ab" * 32
SHARED_CAP, EACH = yuan("1,200,000"), "800,000"


@dataclass(frozen=True, slots=True)
class Scene:
    """When and where the stage plays."""

    on: date
    at: datetime
    rail: Rail

    def request(self, text: str) -> RequestId:
        """A request id of this showing's own."""
        return RequestId(f"secured {self.on:%y%m%d} {text}")


def work(play: Play, tell: Step) -> Told:
    """Regroup by the world's ties; draw a line of three parts; be refused for a group, for a circle; show headroom."""
    closed, firms = lending.last_closed(), play.left["variables"]
    on = play.world.lends_from if closed is None else closed + timedelta(days=1)
    at = datetime.combine(on, time(4), UTC)
    for channel in ("registry", "enterprise_bureau"):
        governance.grant(
            firms, channels=[channel], purposes=[Purpose.MONITORING], basis=Basis.CONSENT,
            evidence="the simulated firms' own consent", valid_from=on,
            request=RequestId(f"watch {channel} {on}"), by=play.by,
        )  # fmt: skip
    night = nightly.regroup_by_ties(
        on=on, at=at, by=play.by, tell=lambda done, note="": tell(0.6 * done, note), known_on=min(play.world.last, on)
    )
    with open_bank() as bank:
        scene = Scene(on, at, HttpRail("127.0.0.1", bank.server_address[1]))
        apart = [firm for firm in firms if not exposure.affiliates(firm)]
        secured = _three_parts(apart[0], scene)
        tell(0.7, "a line of three parts")
        met = [_shared(scope, scene) for scope in (Scope.GROUP, Scope.CIRCLE)]
        tell(0.9, "a group's cap and a circle's")
    if wrong := lending.disagreements():
        raise BadInput("; ".join(wrong), then="the books must balance: this is a bug, report it")
    shown = [apart[0], *(each.firms[0] for each in met if each)]
    facts: dict[str, Any] = {
        "on": on,
        "firms_moved": night.moved,
        "above_their_caps": night.above,
        "groups": len(exposure.largest(Scope.GROUP)),
        "circles": len(exposure.largest(Scope.CIRCLE)),
        "three_parts": [{"act": act, **{str(part): use.of(part) for part in Part}} for act, use in secured],
        "met": {str(each.scope): each.refused for each in met if each},
    }
    return Told((_parts(secured), _met([each for each in met if each]), _headroom(shown, on)), facts)


def _three_parts(firm: EnterpriseId, scene: Scene) -> list[tuple[str, Any]]:
    """A workshop carries half of it, a fund four fifths of what is beyond, and the firm's own credit the rest."""
    number, workshop, fund = (
        f"three-{scene.on:%Y%m%d}",
        f"workshop {scene.on}",
        EnterpriseId(f"guarantee fund {scene.on}"),
    )
    _by_two(workshop, acts.Register("industrial_property", firm, f"title {scene.on}"), scene)
    for act in (
        acts.Value(yuan("2,000,000"), "a valuer", DOCUMENT),
        acts.Perfect(DOCUMENT),
        acts.Insure(days.add_months(scene.on, 24), DOCUMENT),
        acts.Charge(number, yuan("1,000,000")),
    ):
        _by_two(workshop, act, scene)
    _by_two(fund, acts.Standing(Guarantor.FUND, yuan("5,000,000"), Money(0), Money(0), DOCUMENT), scene)
    given = acts.Promise(number, firm, fund, yuan("800,000"), Decimal("0.8"), Turn.PRO_RATA, False, DOCUMENT)
    _by_two(f"guarantee {number}", given, scene)
    facility = _opened(number, firm, "2,000,000", scene, mortgage="1,000,000", guarantee="800,000")
    told = []
    for amount in ("600,000", "900,000"):
        answer = _drawn(facility, amount, scene)
        assert isinstance(answer, Acted), answer
        told.append((f"draw {amount}", exposure.line(number, on=scene.on).used))
    paid = services.repay(facility, yuan("300,000"), request=scene.request("repay"), on=scene.on, at=scene.at)
    assert isinstance(paid, Acted), paid
    return [*told, ("repay 300,000", exposure.line(number, on=scene.on).used)]


@dataclass(frozen=True, slots=True)
class Met:
    """Firms of one group or circle, their shared cap, and how the second one's draw, or its guarantee, was refused."""

    scope: Scope
    subject: str
    firms: list[EnterpriseId]
    members: int
    refused: list[Refused]


def _shared(scope: Scope, scene: Scene) -> Met | None:
    """Two members of the largest group or circle draw: the second does not fit under the cap that they share."""
    found = exposure.largest(scope)
    if not found:
        return None
    subject, firms = found[0]
    key = CapKey(scope, subject, Counts.ALL)
    asked = caps.propose_cap(
        key, SHARED_CAP, source="credit committee", why="a watched cluster", by=OFFICER,
        request=scene.request(f"cap {scope}"), on=scene.on, at=scene.at,
    )  # fmt: skip
    assert not isinstance(asked, Refused), asked
    agreed = caps.agree_cap(asked.number, why="", by=MANAGER, request=scene.request(f"agree {scope}"), at=scene.at)
    assert not isinstance(agreed, Refused), agreed
    answers: list[object] = []
    for number, firm in enumerate(firms[:2]):
        facility = _opened(f"{scope}-{number}-{scene.on:%Y%m%d}", firm, "1,000,000", scene)
        answers.append(_drawn(facility, EACH, scene))
    if scope is Scope.CIRCLE:
        answers.append(_securing_itself(firms[0], firms[1], scene))
    refused = [each for each in answers if isinstance(each, Refused)]
    return Met(scope, subject, firms[:2], len(firms), refused)


def _securing_itself(one: EnterpriseId, other: EnterpriseId, scene: Scene) -> object:
    """One of a circle offers to guarantee another's line: other banks' reports say that it leads back to itself."""
    _by_two(one, acts.Standing(Guarantor.FIRM, yuan("3,000,000"), Money(0), Money(0), DOCUMENT), scene)
    given = acts.Promise(f"line of {other}", other, one, yuan("500,000"), Decimal(1), Turn.PRO_RATA, False, DOCUMENT)
    return mitigation.propose(f"guarantee {one}", given, on=scene.on, request=scene.request("circle"), by=OFFICER)


def _by_two(subject: str, act: acts.Act, scene: Scene) -> None:
    name = f"{act.name} {subject}"
    made = mitigation.propose(subject, act, on=scene.on, request=scene.request(name), by=OFFICER)
    assert isinstance(made, mitigation.Proposed), made
    judged = mitigation.confirm(made.proposal, request=scene.request(f"yes {name}"), by=MANAGER)
    assert isinstance(judged, mitigation.Judged), judged


def _opened(
    number: str, firm: EnterpriseId, limit: str, scene: Scene, *, mortgage: str = "0", guarantee: str = "0"
) -> FacilityId:
    approval = Approval(
        number, firm, PRODUCT, yuan(limit).fen, Decimal("0.06"), scene.on, days.add_months(scene.on, 12),
        mortgage_fen=yuan(mortgage).fen, guarantee_fen=yuan(guarantee).fen,
    )  # fmt: skip
    opened = services.open_facility(approval.signed(settings.SECRET_KEY), on=scene.on, at=scene.at)
    assert isinstance(opened, Acted), opened
    return opened.facility


def _drawn(facility: FacilityId, amount: str, scene: Scene) -> Acted | Refused:
    return services.draw(
        facility, yuan(amount), purpose="stock", payee="a supplier", rail=scene.rail,
        request=scene.request(f"draw {facility} {amount}"), on=scene.on, at=scene.at,
    )  # fmt: skip


def _parts(secured: list[tuple[str, Any]]) -> Sheet:
    rows = tuple((act, use.mortgage, use.guarantee, use.credit, use.total) for act, use in secured)
    return Sheet("one line secured three ways, yuan", ("act", "mortgage", "guarantee", "credit", "in use"), rows)


def _met(met: list[Met]) -> Sheet:
    rows = tuple(
        (SCOPES[each.scope].en, each.subject, each.members, no.code.value, _why(no))
        for each in met
        for no in each.refused
    )
    return Sheet(
        "lines that share a cap, and a guarantee that secures itself", ("of", "named", "firms", "refused", "why"), rows
    )


def _why(no: Refused) -> str:
    """What a person needs of a refusal: the circle, or the cap with what is asked and free, in yuan."""
    if "circle" in no.details:
        return str(no.details["circle"])
    asked, free = (Money(int(no.details[name])) for name in ("asked", "free"))
    return f"{no.details['cap']}: {asked} asked, {free} free"


def _headroom(firms: list[EnterpriseId], on: date) -> Sheet:
    rows = []
    for firm in firms:
        found = exposure.headroom(firm, product=PRODUCT, as_of=on)
        for each in found.caps:
            bound = "binds" if each is found.binds else str(each.force)
            rows.append((firm, each.label.en, each.amount, each.used, each.free, bound))
    return Sheet("headroom, yuan", ("firm", "cap", "amount", "used", "free", "it"), tuple(rows))


LABEL = Label("secure a line three ways, and keep groups and circles under their caps", "三方式担保与集团、担保圈限额")
STAGE = Stage("secured", LABEL, work, ("variables", "lines"))
