"""What people are shown outside of a terminal: charts."""
