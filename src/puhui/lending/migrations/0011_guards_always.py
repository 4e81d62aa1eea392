"""What is only added to stays so in replication mode as well, which switches ordinary triggers off."""

from django.db import migrations

KEPT = ("act", "close_step", "snapshot", "terms", "plan", "signal")
FORWARD = "\n".join(f"alter table lending_{table} enable always trigger append_only;" for table in KEPT)
BACKWARD = "\n".join(f"alter table lending_{table} enable trigger append_only;" for table in KEPT)


class Migration(migrations.Migration):
    dependencies = [("lending", "0010_loans_that_are_late")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
