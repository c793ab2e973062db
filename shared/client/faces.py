"""One definition of a call, for clients that wait and for clients that await."""

import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from shared.client.calls import Call
from shared.client.transport import AsyncTransport, Transport

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Its calls answer with the result."""

    transport: Transport


@dataclass(frozen=True, slots=True)
class Awaiting:
    """Its calls answer with what is to be awaited."""

    transport: AsyncTransport


class call(Generic[P, T]):
    """Makes a method that says what is asked for one that asks it."""

    def __init__(self, build: Callable[Concatenate[Any, P], Call[T]]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, calls: Waiting, owner: type) -> Callable[P, T]: ...

    @overload
    def __get__(self, calls: Awaiting, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...

    def __get__(self, calls: Waiting | Awaiting, owner: type) -> Callable[P, Any]:
        @functools.wraps(self._build)
        def ask(*args: P.args, **kwargs: P.kwargs) -> Any:
            return calls.transport.run(self._build(calls, *args, **kwargs))

        return ask
