"""Reading: any file becomes a table of texts with its row numbers; workbooks under guard."""
