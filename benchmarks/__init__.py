"""Measured claims, each a command: `make bench-<name>`."""
