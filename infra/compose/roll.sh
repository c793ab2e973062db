#!/bin/sh
# Replace the processes of services one by one, by what .env and the images say now. Readers are
# sent on and stories go on in mid-sentence, so nobody is asked to wait.
# Usage: infra/compose/roll.sh SERVICE...        (api and worker, say)
set -eu
for service in "$@"; do
  old=$(docker compose ps --quiet "$service")
  count=$(printf '%s\n' "$old" | wc -l)
  for container in $old; do
    # First one more, of the new kind; then the old one may leave.
    docker compose up --detach --wait --no-deps --no-recreate --scale "$service=$((count + 1))" "$service"
    docker stop "$container" >/dev/null
    docker rm "$container" >/dev/null
  done
  echo "$service: $((count)) replaced"
done
