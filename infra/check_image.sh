#!/bin/sh
# See that an image runs as nobody in particular, holds its service, and cannot import what it must
# not hold.
# Usage: infra/check_image.sh IMAGE SERVICE MODULE...        (MODULE: what it must not hold)
set -eu
image=$1 service=$2
shift 2
user=$(docker image inspect --format '{{.Config.User}}' "$image")
case "$user" in "" | 0* | root*) echo "$image runs as root" >&2; exit 1 ;; esac
import() { docker run --rm --read-only --network none "$image" python -c "import $1"; }
import "services.$service.app"
for module in "$@"; do
  if import "$module" 2>/dev/null; then
    echo "$image holds $module" >&2
    exit 1
  fi
done
echo "$image: user $user, with services.$service, without $*"
