"""The alert board: its log over the days, and what people do about an alert."""
