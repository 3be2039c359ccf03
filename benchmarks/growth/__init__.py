"""Growth on real numbers: see `__main__.py`."""
