"""Payees and settlement accounts are sealed; acts keep their pseudonyms. What an earlier version kept is sealed too."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from puhui.lending import sealing


def seal(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    facilities = apps.get_model("lending", "FacilityRow")
    for row in facilities.objects.exclude(settlement_account=""):
        place = sealing.account_of(row.approval)
        row.account = sealing.seal(row.settlement_account, firm=row.enterprise, place=place, on=row.opened_on)
        row.save(update_fields=["account"])
    for row in apps.get_model("lending", "LoanRow").objects.select_related("facility"):
        place = sealing.payee_of(row.request)
        row.payee_sealed = sealing.seal(row.payee, firm=row.facility.enterprise, place=place, on=row.drawn_on)
        row.save(update_fields=["payee_sealed"])
    for row in apps.get_model("lending", "CollectionRow").objects.all():
        row.sealed = facilities.objects.get(pk=row.facility).account or b""
        row.save(update_fields=["sealed"])
    found = apps.get_model("lending", "ActRow").objects.filter(kind__in=["draw", "account"])
    told = [row for row in found if row.asked.get("payee") or row.asked.get("account")]
    if not told:
        return
    schema_editor.execute("alter table lending_act disable trigger append_only")
    for row in told:
        name = "payee" if row.kind == "draw" else "account"
        row.asked = row.asked | {name: sealing.pseudonym(row.asked[name])}
        row.save(update_fields=["asked"])
    schema_editor.execute("alter table lending_act enable trigger append_only")


class Migration(migrations.Migration):
    dependencies = [("lending", "0005_terms_plans_and_fees"), ("governance", "0005_people")]
    operations = [
        migrations.AddField("facilityrow", "account", models.BinaryField(null=True)),
        migrations.AddField("loanrow", "payee_sealed", models.BinaryField(default=b"")),
        migrations.AddField("collectionrow", "sealed", models.BinaryField(default=b"")),
        migrations.RunPython(seal),
        migrations.RemoveField("facilityrow", "settlement_account"),
        migrations.RemoveField("loanrow", "payee"),
        migrations.RemoveField("collectionrow", "account"),
        migrations.RenameField("facilityrow", "account", "settlement_account"),
        migrations.RenameField("loanrow", "payee_sealed", "payee"),
        migrations.RenameField("collectionrow", "sealed", "account"),
        migrations.AlterField("loanrow", "payee", models.BinaryField()),
        migrations.AlterField("collectionrow", "account", models.BinaryField()),
    ]
