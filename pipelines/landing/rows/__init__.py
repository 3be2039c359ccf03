"""Rows: one SQL statement that types, maps and judges every row of a layout."""
