"""The Iceberg catalog's own tables, in a schema of their own.

They are pyiceberg's (SqlCatalog, v1). Made here because migrations take turns and pyiceberg's first start does not.
"""

from django.db import migrations

CREATE = """
create schema lake;
create table lake.iceberg_tables (
    catalog_name varchar(255) not null,
    table_namespace varchar(255) not null,
    table_name varchar(255) not null,
    metadata_location varchar(1000),
    previous_metadata_location varchar(1000),
    iceberg_type varchar(5),
    primary key (catalog_name, table_namespace, table_name)
);
create table lake.iceberg_namespace_properties (
    catalog_name varchar(255) not null,
    namespace varchar(255) not null,
    property_key varchar(255) not null,
    property_value varchar(1000) not null,
    primary key (catalog_name, namespace, property_key)
);
"""


class Migration(migrations.Migration):
    dependencies = [("channels", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, "drop schema lake cascade")]
