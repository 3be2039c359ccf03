"""What the challengers in Python say, each as one more method beside those in SQL."""

from pipelines.forecasting.challengers import challenge


def model(dbt, session):  # noqa: D103
    tables = {
        "demand": dbt.ref("int_forecast_demand"),
        "series": dbt.ref("int_forecast_series"),
        "state": dbt.ref("int_forecast_state"),
        "origin": dbt.ref("int_forecast_origin"),
        "season": dbt.ref("int_forecast_index"),
        "week": dbt.ref("int_forecast_week").join(
            dbt.ref("dim_week").project("week_start_date, festival_week_offset"),
            "week_start_date",
        ),
    }
    threshold = dbt.ref("int_threshold_applied").project("forecast_horizon_weeks").fetchall()
    names = dbt.config.meta_get("challengers")
    frames = {name: table.pl() for name, table in tables.items()} if names else {}
    return challenge(names, frames, int(threshold[0][0])).to_arrow()
