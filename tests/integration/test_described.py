"""What the models' pages say of a column is what is in the warehouse."""

from __future__ import annotations

import yaml

from pipelines.settings import PROJECT
from tests.integration.region import Region

BUILT = """
    select schema_name || '.' || table_name, column_name, lower(data_type)
    from duckdb_columns()
    where schema_name in ('staging', 'intermediate', 'marts')"""


MODELS = PROJECT / "dbt_project" / "models"


def test_every_column_of_every_model_is_described_by_its_name_and_type(published: Region) -> None:
    described = {
        (model["name"], column["name"]): column.get("data_type", "").replace(" ", "")
        for page in MODELS.rglob("*.yml")
        for model in (yaml.safe_load(page.read_text(encoding="utf-8")) or {}).get("models", [])
        for column in model.get("columns", [])
    }
    # some models keep a table of their own beside them
    models = {file.stem for file in MODELS.rglob("*") if file.suffix in (".sql", ".py")}

    wrong = [
        (table, column, data_type)
        for table, column, data_type in published.query(BUILT)
        if table.split(".")[1] in models
        # staging says what the contract of its feed says of types
        and described.get((table.split(".")[1], column), "nowhere")
        not in ({data_type, ""} if table.startswith("staging.") else {data_type})
    ]

    assert wrong == []
