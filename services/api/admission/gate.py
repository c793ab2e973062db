"""The doors of the API, as dependencies: who comes in with which key, and for what."""

from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.api.admission.callers import SESSION_HEADER, Caller, Scope, in_development
from services.api.admission.doors import Doors
from services.api.admission.holding import held
from shared.refusals import KeyRequiredError

_READS = ("GET", "HEAD")
_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="An API key. In development mode any name, or none.",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def get_doors(request: Request) -> Doors:
    doors: Doors = request.app.state.components.doors
    return doors


DoorsDep = Annotated[Doors, Depends(get_doors)]


async def get_caller(request: Request, doors: DoorsDep, credentials: Credentials) -> Caller:
    """Raises KeyRequiredError, KeyInvalidError or LibraryUnavailableError."""
    key = credentials.credentials if credentials else None
    if doors.development:
        caller = in_development(key)
    elif key is None:
        raise KeyRequiredError("Send a key of this service: `Authorization: Bearer once_…`.")
    else:
        caller = await doors.keyring.caller_of(key)
    return caller.within(request.headers.get(SESSION_HEADER, ""))


CallerDep = Annotated[Caller, Depends(get_caller)]


async def admitted(request: Request, caller: CallerDep) -> None:
    """Whoever only reads needs one scope, whoever changes something another."""
    caller.require(Scope.READ if request.method in _READS else Scope.WRITE)


async def reading(caller: CallerDep) -> None:
    caller.require(Scope.READ)


async def watching(caller: CallerDep) -> None:
    """The queue and the workers are nobody's own."""
    caller.require(Scope.READ, Scope.OPERATE)


async def operating(caller: CallerDep) -> None:
    caller.require(Scope.OPERATE)


async def get_follower(
    job_id: str,
    request: Request,
    doors: DoorsDep,
    credentials: Credentials,
    token: Annotated[
        str | None, Query(description="a stream token, for whoever can send no header")
    ] = None,
) -> Caller:
    """Whoever may read the events of this job, by a key or by a token for this job alone."""
    if token is not None:
        return doors.stream_tokens.caller_of(token, job_id)
    caller = await get_caller(request, doors, credentials)
    caller.require(Scope.READ)
    return caller


FollowerDep = Annotated[Caller, Depends(get_follower)]


async def hold_stream(request: Request, doors: DoorsDep, caller: CallerDep) -> None:
    """Counts as open until the answer ends. Raises TooManyStreamsError, StreamsFullError."""
    held(request).enter_context(doors.streams.held(caller))


async def hold_followed_stream(request: Request, doors: DoorsDep, caller: FollowerDep) -> None:
    held(request).enter_context(doors.streams.held(caller))
