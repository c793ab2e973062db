"""What Alembic runs: the migrations, on the connection that `services.api.db.migrate` opened."""

from alembic import context

from services.api.db.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
