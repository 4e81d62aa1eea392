"""Where attempts are counted: Django's own table for a cache in the database, as `createcachetable` makes it."""

from django.db import migrations

FORWARD = """
create unlogged table web_counts (
    cache_key varchar(255) not null primary key,
    value text not null,
    expires timestamptz not null
);
create index web_counts_expires on web_counts (expires);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(FORWARD, "drop table web_counts;")]
