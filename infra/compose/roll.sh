#!/bin/sh
# Replace the processes of services one by one, by what .env and the images say now. Readers are
# sent on and stories go on in mid-sentence, so nobody is asked to wait.
# Usage: infra/compose/roll.sh SERVICE...        (api and worker, say)
set -eu
# A healthy API is asked once the gateway has heard its name and seen it: see gateway/haproxy.cfg.
known_after=5
for service in "$@"; do
  old=$(docker compose ps --quiet "$service")
  [ -n "$old" ] || { echo "$service: none runs, so there is none to replace" >&2; exit 1; }
  # Those that stopped would count as well, and come back as they were.
  docker compose rm --force "$service" >/dev/null
  count=$(printf '%s\n' "$old" | wc -l)
  for container in $old; do
    # First one more, of the new kind; then the old one may leave.
    docker compose up --detach --wait --no-deps --no-recreate --scale "$service=$((count + 1))" "$service"
    sleep "$known_after"
    docker stop "$container" >/dev/null
    docker rm "$container" >/dev/null
  done
  echo "$service: $((count)) replaced"
done
