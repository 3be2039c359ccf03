"""Models over years of real lines: see `__main__.py`."""
