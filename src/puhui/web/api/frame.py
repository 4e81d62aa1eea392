"""The frame of every operation: its act, its token, its answers. An operation that declares no act stops the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from ninja import NinjaAPI, Router
from ninja.security import HttpBearer

from puhui import days
from puhui.governance import access, tokens, users
from puhui.governance.access import Act
from puhui.governance.tokens import Bearer
from puhui.ids import EnterpriseId
from puhui.refusals import Code, Refused
from puhui.web import subjects
from puhui.web.api import limits
from puhui.web.api.problems import PROBLEM, Problem, RefusedError

if TYPE_CHECKING:
    from ninja.openapi.schema import OpenAPISchema

SAID = """Amounts are whole fen (1/100 yuan). Days are ISO dates of China. Every write needs an `Idempotency-Key`: asked
again with the same key and content, it gives the first answer. Every refusal is a problem (RFC 9457) whose `code` names
the rule. Lists come in pages: ask with `after` = the page's `next`."""


class House(NinjaAPI):
    """The API, whose errors are described with the media type that they have."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The description, as it is served."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for methods in schema["paths"].values():
            for operation in methods.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in answer.get("content", {}):
                        answer["content"] = {PROBLEM: answer["content"]["application/json"]}
        return schema

    def get_openapi_operation_id(self, operation: Any) -> str:
        """The name of the function: short, for the clients that are made from it."""
        return str(operation.view_func.__name__)


api = House(
    title="Puhui",
    version="1",
    description=SAID,
    urls_namespace="api",
    docs_url=None,  # its look would come from another host; any reader of OpenAPI shows openapi.json
    openapi_extra={"info": {"license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}},
)


class Token(HttpBearer):
    """Asks for a token, counts the call, and holds the act against the table: also for the firm that the path names."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.act = act

    def __call__(self, request: HttpRequest) -> Bearer | None:
        """Who comes with the token of this call."""
        limits.count(request)
        bearer: Bearer | None = super().__call__(request)
        if bearer is None:
            raise RefusedError(Refused(Code.NOT_SIGNED_IN, {"act": str(self.act)}))
        return bearer

    def authenticate(self, request: HttpRequest, token: str) -> Bearer | None:
        """None when the token is unknown, ended or revoked; raises when it may not do this."""
        bearer = tokens.bearer(token, at=days.now())
        if bearer is None:
            return None
        if self.act not in bearer.acts:
            raise RefusedError(Refused(Code.OUT_OF_SCOPE, {"act": str(self.act)}))
        must(bearer, self.act)  # before anything is looked up: who may not ask learns nothing of what is there
        named = request.resolver_match.kwargs if request.resolver_match else {}
        must(bearer, self.act, firm=subjects.firm_of(named))
        return bearer


def must(bearer: Bearer, act: Act, *, firm: EnterpriseId | None = None, **more: Any) -> None:
    """Hold an act (about a firm, up to an amount) against the table; raises the refusal."""
    branch = users.branch_of(firm) if firm is not None and bearer.actor.branch else ""
    refused = access.objection(bearer.actor, act, firm=firm, branch=branch, on=days.today(), **more)
    if refused is not None:
        raise RefusedError(refused)


def bearer_of(request: HttpRequest) -> Bearer:
    """Who asks."""
    bearer = request.auth  # type: ignore[attr-defined]  # ninja puts it there
    assert isinstance(bearer, Bearer)
    return bearer


def operation(
    router: Router,
    method: str,
    path: str,
    *,
    act: Act,
    answers: Any,
    status: int = 200,
    says: str = "",
    extra: dict[str, Any] | None = None,
    **more: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an operation: its act, what it answers, and that anything else is a problem."""
    found = [400, 401, 403, 404, 409, 422, 429, 503] if act not in access.OPEN_TO_ALL else [400, 404, 429]
    problems: Mapping[int, type[Problem]] = dict.fromkeys(found, Problem)
    declared: Callable[[Callable[..., Any]], Callable[..., Any]] = router.api_operation(
        [method],
        path,
        auth=None if act in access.OPEN_TO_ALL else Token(act),
        response={status: answers, **problems},
        description=f"{says}\n\nNeeds the right `{act}`.".strip(),
        openapi_extra={"x-act": str(act), **(extra or {})},
        **more,
    )
    return declared


def acts() -> dict[tuple[str, str], Act]:
    """The act of every operation, by method and path; stops at one that declares none."""
    found = {}
    for path, methods in api.get_openapi_schema(path_prefix="/")["paths"].items():
        for method, described in methods.items():
            assert "x-act" in described, f"{method} {path} declares no act: use frame.operation"
            found[method.upper(), path] = Act(described["x-act"])
    return found
