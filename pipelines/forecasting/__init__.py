"""Forecasts that challenge the SQL methods: LightGBM over all series, statsforecast one by one.

Pure functions: frames in, frames out. Both packages are optional and imported when called; without
them, or with too little history, the answer is an empty frame and the reason is logged.
"""

CHALLENGERS = ("lightgbm", "statsforecast")
"""Their names, as `forecast_challengers` of deployment.yaml and the backtest know them."""
