#!/bin/sh
# See that an image runs as nobody in particular and cannot import what it must not hold.
# Usage: infra/check_image.sh IMAGE MODULE...
set -eu
image=$1
shift
user=$(docker image inspect --format '{{.Config.User}}' "$image")
case "$user" in "" | 0* | root*) echo "$image runs as root" >&2; exit 1 ;; esac
for module in "$@"; do
  if docker run --rm --read-only --network none "$image" python -c "import $module" 2>/dev/null; then
    echo "$image holds $module" >&2
    exit 1
  fi
done
docker run --rm --read-only --network none "$image" python -c 'import shared'
echo "$image: user $user, without $*"
