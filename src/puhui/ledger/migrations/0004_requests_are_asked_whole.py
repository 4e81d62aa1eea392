"""A request id is looked up whole, never by how it begins: the second index on it only made every act dearer."""

from django.db import migrations

FORWARD = "drop index ledger_act_request_cefbe4e0_like"
BACKWARD = "create index ledger_act_request_cefbe4e0_like on ledger_act (request varchar_pattern_ops)"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_books_by_its_own_right")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
