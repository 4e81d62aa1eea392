"""The one table of HTTP status codes: for each kind of broken promise, and for each refusal.

Promises that a refusal says by its status whether to sign in (401), to stop (403), to look elsewhere (404), to think
again (409: the state of things forbids it; 422: the rules do), to wait (429, 503). Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from puhui.refusals import BadInput, Code, NotReady

OF_WRONG: Mapping[type[BadInput], int] = {BadInput: 400, NotReady: 503}
OF_REFUSALS: Mapping[Code, int] = {
    Code.NOT_SIGNED_IN: 401,
    Code.NOT_ALLOWED: 403,
    Code.OUT_OF_SCOPE: 403,
    Code.NOT_YOUR_FIRM: 403,
    Code.OTHER_BRANCH: 403,
    Code.SOURCE_SILENT: 503,
    Code.LACKS_SKILL: 403,
    Code.ABOVE_AUTHORITY: 403,
    Code.NO_CONSENT: 403,
    Code.PURPOSE_NOT_ALLOWED: 403,
    Code.OWN_PROPOSAL: 403,
    Code.UNKNOWN_FIRM: 404,
    Code.FACILITY_UNKNOWN: 404,
    Code.THING_UNKNOWN: 404,
    Code.ALREADY_JUDGED: 409,
    Code.REQUEST_HAS_OTHER_CONTENT: 409,
    Code.STATUS_FORBIDS: 409,
    Code.FACILITY_NOT_OPEN: 409,
    Code.FACILITY_MATURED: 409,
    Code.ON_HOLD: 409,
    Code.DAY_IS_CLOSED: 409,
    Code.DAY_BEFORE_LAST_ACT: 409,
    Code.PAYMENT_UNDER_WAY: 409,
    Code.NOT_PAID_OUT: 409,
    Code.IDENTITY_SERVICE_SILENT: 503,
    Code.SIGNING_SERVICE_SILENT: 503,
}
THE_RULES_SAY_NO = 422  # every other refusal: understood, and forbidden by a rule of the field


def status_of(code: Code) -> int:
    """The status of a refusal.

    >>> status_of(Code.NOT_SIGNED_IN), status_of(Code.ABOVE_AVAILABLE)
    (401, 422)
    """
    return OF_REFUSALS.get(code, THE_RULES_SAY_NO)
