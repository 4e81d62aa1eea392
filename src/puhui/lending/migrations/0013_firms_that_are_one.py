"""A facility says as which firm it is looked at: the one that its own was merged into, taken up at each close."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F, Q


def as_they_stand(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rows = apps.get_model("lending", "FacilityRow").objects
    rows.update(firm=F("enterprise"))


class Migration(migrations.Migration):
    dependencies = [
        ("lending", "0012_kept_sums"),
    ]

    operations = [
        migrations.AddField(
            model_name="facilityrow",
            name="firm",
            field=models.CharField(default="", max_length=80),
            preserve_default=False,
        ),
        migrations.RunPython(as_they_stand, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="facilityrow", index=models.Index(fields=["firm"], name="lending_facility_of_firm")
        ),
        migrations.AddIndex(
            model_name="facilityrow",
            index=models.Index(condition=~Q(firm=F("enterprise")), fields=["id"], name="lending_facility_merged"),
        ),
    ]
