"""What routes ask for, as `Annotated` types."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.api.bodies import read_generate_request
from services.api.hub import Hub
from services.api.jobs import Jobs
from services.api.metrics import Metrics
from services.api.operations import Operations
from services.api.settings import ApiSettings
from shared.schemas import GenerateRequest

ANONYMOUS = "anonymous"
MAX_TENANT_CHARS = 128


@dataclass(frozen=True, slots=True)
class Components:
    """Everything one application is made of; connections are made in its lifespan."""

    settings: ApiSettings
    metrics: Metrics
    hub: Hub
    jobs: Jobs
    operations: Operations


def get_components(request: Request) -> Components:
    components: Components = request.app.state.components
    return components


ComponentsDep = Annotated[Components, Depends(get_components)]


def get_jobs(components: ComponentsDep) -> Jobs:
    return components.jobs


def get_operations(components: ComponentsDep) -> Operations:
    return components.operations


def get_tenant(request: Request) -> str:
    """Development mode: any bearer name is a tenant, and no name is one too."""
    scheme, _, name = request.headers.get("authorization", "").partition(" ")
    return name.strip()[:MAX_TENANT_CHARS] or ANONYMOUS if scheme.lower() == "bearer" else ANONYMOUS


async def get_body(request: Request, components: ComponentsDep) -> GenerateRequest:
    return await read_generate_request(request, limit=components.settings.api_body_limit)


JobsDep = Annotated[Jobs, Depends(get_jobs)]
OperationsDep = Annotated[Operations, Depends(get_operations)]
Tenant = Annotated[str, Depends(get_tenant)]
Body = Annotated[GenerateRequest, Depends(get_body)]
