"""What the `daqu` command shows: screens, tables and progress, in both languages."""
