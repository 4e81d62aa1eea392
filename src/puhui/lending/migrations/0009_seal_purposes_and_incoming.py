"""What a draw is for, and who paid money in and with which words, are sealed as payees are; earlier rows too."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from puhui.governance.personal import Kind
from puhui.lending import sealing


def seal(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for row in apps.get_model("lending", "LoanRow").objects.select_related("facility"):
        place = sealing.purpose_of(row.request)
        row.purpose_sealed = sealing.seal(row.purpose, firm=row.facility.enterprise, place=place, on=row.drawn_on)
        row.save(update_fields=["purpose_sealed"])
    firms = dict(apps.get_model("lending", "FacilityRow").objects.values_list("pk", "enterprise"))
    for row in apps.get_model("lending", "IncomingRow").objects.all():
        texts, on = dict(zip(sealing.incoming_of(row.key), (row.payer, row.reference), strict=True)), row.received_at
        row.payer_sealed, row.reference_sealed = (
            sealing.seal_of_nobody(texts, on=on.date())
            if row.facility is None
            else sealing.seal_all(texts, firm=firms[row.facility], on=on.date())
        )
        row.save(update_fields=["payer_sealed", "reference_sealed"])
    told = [row for row in apps.get_model("lending", "ActRow").objects.filter(kind="draw") if row.asked.get("purpose")]
    if not told:
        return
    schema_editor.execute("alter table lending_act disable trigger append_only")
    for row in told:
        row.asked = row.asked | {"purpose": sealing.pseudonym(row.asked["purpose"], Kind.NOTE)}
        row.save(update_fields=["asked"])
    schema_editor.execute("alter table lending_act enable trigger append_only")


class Migration(migrations.Migration):
    dependencies = [("lending", "0008_messages_of_a_firm"), ("governance", "0005_people")]
    operations = [
        migrations.AddField("loanrow", "purpose_sealed", models.BinaryField(default=b"")),
        migrations.AddField("incomingrow", "payer_sealed", models.BinaryField(default=b"")),
        migrations.AddField("incomingrow", "reference_sealed", models.BinaryField(default=b"")),
        migrations.RunPython(seal),
        migrations.RemoveField("loanrow", "purpose"),
        migrations.RemoveField("incomingrow", "payer"),
        migrations.RemoveField("incomingrow", "reference"),
        migrations.RenameField("loanrow", "purpose_sealed", "purpose"),
        migrations.RenameField("incomingrow", "payer_sealed", "payer"),
        migrations.RenameField("incomingrow", "reference_sealed", "reference"),
        migrations.AlterField("loanrow", "purpose", models.BinaryField()),
        migrations.AlterField("incomingrow", "payer", models.BinaryField()),
        migrations.AlterField("incomingrow", "reference", models.BinaryField()),
    ]
