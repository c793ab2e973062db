"""What the process's exit code says. Light: it is imported before anything that takes a while."""

from enum import IntEnum

EXPLAINED = """\b
Exit codes:
  0    all went well
  1    the story failed, was stopped or is not what its
       receipt says
  2    the command or the request is not valid
  3    there is no such story
  4    the key is missing or does not allow it
  5    the service is away or too busy: try later
  6    what arrived is not what was written
  130  interrupted
  141  the reader of the output left
"""
"""The first line has the others kept as they are."""


class Exit(IntEnum):
    FAILED = 1
    INVALID = 2
    NOT_THERE = 3
    NOT_ADMITTED = 4
    LATER = 5
    BROKEN_STORY = 6
    INTERRUPTED = 130
    PIPE_CLOSED = 141
