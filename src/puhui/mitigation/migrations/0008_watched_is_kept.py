"""What a night has noted stays, and so do papers."""

from django.db import migrations

TABLES = ("mitigation_watched", "mitigation_paper")
FORWARD = "".join(
    f"create trigger append_only before update or delete or truncate on {table}"
    " for each statement execute function puhui_append_only();"
    for table in TABLES
)
BACKWARD = "".join(f"drop trigger append_only on {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("mitigation", "0007_watched_and_papers")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
