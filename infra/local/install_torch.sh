#!/bin/sh
# Install torch, exactly pinned, and never a CUDA build unless it was asked for.
# Usage: install_torch.sh PIP VERSION cpu|cuda [INDEX]
set -eu
pip=$1 version=$2 variant=$3 index=${4:-}

case "$variant:$(uname -s):$(uname -m)" in
  # Only here is the unmarked wheel a CUDA build; `+cpu` names the other one and fits nothing else.
  cpu:Linux:x86_64) requirement="torch==$version+cpu" ;;
  cpu:*|cuda:*) requirement="torch==$version" ;;
  *) echo "TORCH must be cpu or cuda, not '$variant'" >&2; exit 2 ;;
esac

# To pip the CPU build is what the other name asks for.
if [ "$variant" = cuda ] && "$pip" freeze | grep -q '^torch==.*+cpu$'; then
  "$pip" uninstall --quiet --yes torch
fi

if "$pip" install --quiet ${index:+--extra-index-url "$index"} "$requirement"; then
  exit 0
fi
cat >&2 <<TEXT

torch $version could not be installed ($requirement). Choose one:

  make setup TORCH_INDEX=URL   the CPU build (about 200 MB) from a wheel index that has it;
                               pytorch.org, "Get started", shows the address for pip and CPU
  make setup TORCH=cuda        the build of the default index: on Linux it brings CUDA, several GB
TEXT
exit 1
