#!/bin/sh
# Make the secrets of a deployment, once: random passwords, each in the files of those who need it.
# Usage: infra/secrets.sh [FOLDER]        (default: secrets; files that are there are kept, but for
#                                          what Redis' users may do, which is the version's)
#
# The folder is closed to everybody else. Its files are readable, since each reaches a container as
# it is, and the processes there are neither root nor this user.
set -eu
folder=${1:-secrets}
rules=$(dirname "$0")/redis/users.acl

random() { head -c "${1:-24}" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
digest() { printf %s "$1" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d ' ' -f 1; }
# Into the file that is there, if it may be written to: Redis' container has that very file mounted.
keep() {
  [ -w "$folder/$1" ] || rm -f "$folder/$1"
  printf '%s\n' "$2" > "$folder/$1"
  chmod 444 "$folder/$1"
}

mkdir -p "$folder"
chmod 700 "$folder"
if [ ! -e "$folder/redis_users.acl" ]; then
  api=$(random) worker=$(random) operator=$(random)
  keep api_redis_url "redis://api:$api@redis:6379/0"
  keep worker_redis_url "redis://worker:$worker@redis:6379/0"
  keep redis_operator_password "$operator"
  # Redis itself is told no password, only what it can be recognised by.
  keep redis_users.acl "$(sed -e "s/#API/#$(digest "$api")/" -e "s/#WORKER/#$(digest "$worker")/" \
    -e "s/#OPERATOR/#$(digest "$operator")/" "$rules")"
else
  # A new version may need other rules; the passwords stay.
  known=$(sed -n 's/^user \([a-z]*\) .*\(#[0-9a-f]\{64\}\).*/\1 \2/p' "$folder/redis_users.acl")
  of() { printf '%s\n' "$known" | sed -n "s/^$1 //p"; }
  for user in api worker operator; do
    [ -n "$(of "$user")" ] || {
      echo "$folder/redis_users.acl has no password of $user: bring it back from your backup," \
        "or remove it, and each user of Redis gets a new password" >&2
      exit 1
    }
  done
  users=$(sed -e "s/#API/$(of api)/" -e "s/#WORKER/$(of worker)/" -e "s/#OPERATOR/$(of operator)/" "$rules")
  chmod u+w "$folder/redis_users.acl"
  keep redis_users.acl "$users"
fi
if [ ! -s "$folder/postgres_password" ]; then
  library=$(random)
  keep api_database_url "postgresql://once:$library@postgres:5432/once"
  keep postgres_password "$library"
fi
# The writing room's key to the API, and what the API signs stream tokens with.
[ -s "$folder/ui_api_key" ] || keep ui_api_key "once_$(random 32)"
[ -s "$folder/stream_token_key" ] || keep stream_token_key "$(random 32)"
[ -s "$folder/grafana_password" ] || keep grafana_password "$(random)"
echo "Secrets are in $folder/"
