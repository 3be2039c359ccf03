"""Named places where a test may kill the process, to prove that nothing is lost there.

A failpoint does nothing unless the environment variable `DAQU_FAILPOINT` equals its name; then the
process ends at once with code 137, as if killed: no `finally`, no `atexit`, no flush.
Names read `<package>.<moment>`, such as `publish.before_swap` or `landing.before_commit`.
`DAQU_FAILPOINT=publish.before_swap daqu run` tries one by hand.
"""

from __future__ import annotations

import os

VARIABLE = "DAQU_FAILPOINT"
KILLED = 137


def failpoint(name: str) -> None:
    """End the process here when the environment asks for it by name.

    Args:
        name: Unique name of the place, `<package>.<moment>`.
    """
    if os.environ.get(VARIABLE) == name:
        os._exit(KILLED)
