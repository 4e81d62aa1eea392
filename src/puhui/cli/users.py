"""Verbs of people: users, tokens and branches."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from puhui import days
from puhui.cli.showing import AsJson, me, open_book, out, print_json
from puhui.refusals import BadInput, Refused

if TYPE_CHECKING:
    from puhui.governance.access import Role, Skill

app = typer.Typer(no_args_is_help=True, help="Who may sign in, as what, and at which branch.")
tokens = typer.Typer(no_args_is_help=True, help="Tokens with which programs act in a user's name.")
Name = Annotated[str, typer.Argument(help="The name that the user signs in with.")]
Branch = Annotated[str, typer.Option(help="The branch; nothing for head office.")]
Skills = Annotated[
    list[str],
    typer.Option("--skill", help="Which cases an approver may decide: credit, fraud, property, data; again for more."),
]


@app.command("add")
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="borrower, relationship_manager, approver, product_manager, analyst, …")],
    email: Annotated[str, typer.Option(help="Where letters go.")],
    branch: Branch = "",
    skill: Skills = [],  # noqa: B006  typer reads the default and never changes it
    as_json: AsJson = False,
) -> None:
    """Make an account. Its password is shown once, here, and must be changed at the first visit."""
    open_book()
    from puhui.governance import users

    added = users.add_user(name, role=_role(role), email=email, branch=branch, skills=_skills(skill), by=me())
    if as_json:
        print_json(added)
    elif added.password:
        out.print(f"{added.name} may sign in as {added.role} with {added.password}", highlight=False)
    else:
        out.print(f"{added.name} is there already; nothing has changed.")


@app.command("change")
def change(
    name: Name,
    role: Annotated[str, typer.Option(help="Another role.")] = "",
    branch: Annotated[str | None, typer.Option(help="Another branch; '' for head office.")] = None,
    skill: Skills = [],  # noqa: B006
    active: Annotated[bool | None, typer.Option("--let-in/--bar", help="May the user sign in?")] = None,
    as_json: AsJson = False,
) -> None:
    """Give a user another role, branch or skills, or bar it. Nobody changes one's own."""
    open_book()
    from puhui.governance import users

    changed = users.change_user(
        name, role=_role(role) if role else None, branch=branch, skills=_skills(skill) or None, active=active, by=me()
    )
    print_json(changed) if as_json else out.print(f"{changed.name}: {changed.role}, {changed.branch or 'head office'}")


@app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """Show everybody who has an account."""
    open_book()
    from puhui.governance import users

    found = users.listed()
    if as_json:
        shown = ("name", "role", "branch", "skills")
        print_json([{each: getattr(u, each) for each in shown} | {"active": active} for u, active in found])
        return
    table = Table("name", "role", "branch", "skills", "may sign in")
    for user, active in found:
        skills, lets_in = ", ".join(user.skills), "yes" if active else "no"
        table.add_row(user.name, user.role, user.branch or "head office", skills, lets_in)
    out.print(table if found else "Nobody has an account yet: `puhui user add`.")


@app.command("place")
def place(
    firm: Annotated[str, typer.Argument(help="The firm's id.")],
    branch: Annotated[str, typer.Argument(help="The branch that looks after it.")],
    request: Annotated[str, typer.Option(help="The request's id: asking twice with one id acts once.")] = "",
) -> None:
    """Let a branch look after a firm from now on."""
    open_book()
    from puhui.governance import users
    from puhui.ids import EnterpriseId, RequestId, new_request

    asked = RequestId(request) if request else new_request()
    users.place(EnterpriseId(firm), branch, by=me(), request=asked, at=days.now())
    out.print(f"{firm} is looked after by {branch or 'head office'}.")


@app.command("demo")
def demo(as_json: AsJson = False) -> None:
    """Make one user of each role with a listed password: in the demo (PUHUI_DEMO=1) only."""
    open_book()
    from puhui.governance import demo_users

    made = demo_users.make(by=me())
    if as_json:
        print_json([{"name": name, "role": role, "password": demo_users.PASSWORD} for name, role in made])
        return
    table = Table("name", "role", "password")
    for name, role in made:
        table.add_row(name, role, demo_users.PASSWORD)
    out.print(table)


@tokens.command("issue")
def issue(
    name: Name,
    scope: Annotated[list[str], typer.Option(help="read, data, credit, money, judge, manage; again for more.")],
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    last: Annotated[int, typer.Option("--days", help="How many days it lasts.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Make a token for a user's programs. It is shown once, here."""
    open_book()
    from puhui.governance import tokens as kept

    try:
        scopes = [kept.Scope(each) for each in scope]
    except ValueError as wrong:
        raise BadInput(str(wrong), then=f"name some of {', '.join(kept.Scope)}") from None
    made = kept.issue(name, label=label, scopes=scopes, lasts=timedelta(days=last), at=days.now(), by=me())
    assert not isinstance(made, Refused), "an operator's tokens are not bounded by a token"
    print_json(made) if as_json else out.print(f"{made.token}  (until {made.ends_at:%Y-%m-%d})", highlight=False)


@tokens.command("list")
def list_tokens(name: Name, as_json: AsJson = False) -> None:
    """Show a user's tokens, never the tokens themselves."""
    open_book()
    from puhui.governance import tokens as kept

    found = kept.of_user(name)
    if as_json:
        print_json(found)
        return
    table = Table("number", "begins with", "scopes", "until", "revoked", "for")
    for t in found:
        ended = f"{t.revoked_at:%Y-%m-%d}" if t.revoked_at else "–"
        table.add_row(str(t.number), t.shown, ", ".join(t.scopes), f"{t.ends_at:%Y-%m-%d}", ended, t.label)
    out.print(table if found else f"{name} has no token.")


@tokens.command("revoke")
def revoke(name: Name, number: Annotated[int, typer.Argument(help="The token's number.")]) -> None:
    """End a token now."""
    open_book()
    from puhui.governance import tokens as kept

    done = kept.revoke(number, of=name, at=days.now(), by=me())
    out.print(f"Token {number} of {name} {'ends now' if done else 'had ended already'}.")


def _role(name: str) -> Role:
    from puhui.governance.access import Role

    try:
        return Role(name)
    except ValueError:
        raise BadInput(f"there is no role '{name}'", then=f"name one of {', '.join(Role)}") from None


def _skills(names: list[str]) -> list[Skill]:
    from puhui.governance.access import Skill

    try:
        return [Skill(each) for each in names]
    except ValueError as wrong:
        raise BadInput(str(wrong), then=f"name some of {', '.join(Skill)}") from None
