#!/bin/sh
# A story through the gateway; then the same while a worker is killed, and no byte may differ.
# Usage: infra/compose/smoke.sh        (with two workers up or more; SECRETS and API_PORT exported, if set in .env)
set -eu
key=${SECRETS:-secrets}/ui_api_key
api=http://127.0.0.1:${API_PORT:-8000}
body='{"story_seed": "A lighthouse keeper who hears music", "controls": {"length": "long"}, "sampling": {"seed": 7}}'

# The key goes to curl as a file does: in its arguments everybody on this machine could read it.
ask() {
  printf 'header = "Authorization: Bearer %s"\n' "$(cat "$key")" \
    | curl --config - --silent --show-error --fail --max-time 120 "$@"
}
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
submit() { ask "$api/v1/jobs" --header 'Content-Type: application/json' --data "$body" | field id; }
wait_for() { ask "$api/v1/jobs/$1?wait=60"; }

whole=$(wait_for "$(submit)" | field text)
[ -n "$whole" ] || { echo 'no story came' >&2; exit 1; }

# Which container writes it, the story itself tells; one that ended too soon is told once more.
for attempt in 1 2 3 4 5; do
  job=$(submit)
  owner=$(ask --no-buffer "$api/v1/jobs/$job/events" 2>/dev/null \
    | sed -n '/"worker"/{s/.*"worker": *"\([^"]*\)-[0-9]*".*/\1/p;q}')
  docker kill --signal KILL "$owner" >/dev/null
  told=$(wait_for "$job")
  docker start "$owner" >/dev/null
  until [ "$(docker inspect --format '{{.State.Health.Status}}' "$owner")" = healthy ]; do sleep 1; done
  again=$(printf %s "$told" | field text)
  [ "$whole" = "$again" ] || { echo 'a killed worker changed the story' >&2; exit 1; }
  if [ "$(printf %s "$told" | field attempts)" -gt 1 ]; then
    echo "The story came, and came again while its worker died: the same, byte for byte."
    exit 0
  fi
done
echo "no worker was killed in mid-story, in $attempt attempts" >&2
exit 1
