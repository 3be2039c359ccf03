"""Daqu: a sales region's files in, a warehouse people can trust out."""
