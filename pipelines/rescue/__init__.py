"""Rescue: the warehouse made again, the copy of what cannot be, and what is wrong with either."""
