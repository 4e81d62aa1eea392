"""The peer: django-hordak's own transfer, in an environment of its own (`make peers`). Speaks over stdin and stdout.

A `transfer` is one `transfer_to` (one transaction of two legs) in one database transaction: half of what an act of the
ledger's bench is, with no limit held and no request id. An `act` is what that bench books, as far as the peer can: the
line is locked, its balance asked, and two transfers are made. Arguments: the database's URL, accounts, a seed, seconds,
and which of the two.
"""

from __future__ import annotations

import random
import sys
from time import perf_counter
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings


def main() -> None:
    url, accounts, seed, seconds, form = (
        sys.argv[1],
        int(sys.argv[2]),
        int(sys.argv[3]),
        float(sys.argv[4]),
        sys.argv[5],
    )
    parts = urlsplit(url)
    settings.configure(
        SECRET_KEY="a bench has none",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.lstrip("/"),
                "USER": parts.username,
                "HOST": parse_qs(parts.query)["host"][0],
                "CONN_MAX_AGE": None,
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DEFAULT_CURRENCY="CNY",
        CURRENCIES=["CNY"],
        USE_TZ=True,
    )
    django.setup()
    from django.core.management import call_command
    from django.db import transaction
    from hordak.models import Account, AccountType
    from moneyed import Money

    if seed < 0:
        call_command("migrate", verbosity=0)
        for number in range(2 * accounts + 2):
            Account.objects.create(name=f"a{number}", code=str(number), type=AccountType.asset, currencies=["CNY"])
        return
    cash, commitments, *rest = Account.objects.order_by("id")
    loans, lines = rest[::2], rest[1::2]
    draw = random.Random(seed)
    amount = Money(100, "CNY")

    def move(pair: tuple[Account, Account], back: int) -> None:
        pair[back].transfer_to(pair[1 - back], amount)

    def transfer(number: int) -> None:
        with transaction.atomic():
            move((cash, draw.choice(loans)), number % 2)

    def both(number: int) -> None:
        chosen = draw.randrange(len(lines))
        with transaction.atomic():
            line = Account.objects.select_for_update().get(pk=lines[chosen].pk)
            line.get_balance()
            move((line, commitments), number % 2)
            move((loans[chosen], cash), number % 2)

    act = {"transfer": transfer, "act": both}[form]

    for number in range(20):
        act(number)
    print("ready", flush=True)
    sys.stdin.readline()
    done, started = 0, perf_counter()
    while perf_counter() - started < seconds:
        act(done)
        done += 1
    print(done / (perf_counter() - started), flush=True)


if __name__ == "__main__":
    main()
