#!/bin/sh
# Fetch peers that the bench measures beside us, once: wheels, and llama.cpp's server, built from its sources
# where there is a compiler. Who cannot be had is left out, and the report says so.
# Usage: peers.sh PYTHON FOLDER [ctranslate2] [gguf] [llama-server]
set -eu
python=$1 folder=$2
shift 2
ctranslate2=4.8.5 gguf=0.19.0 llama=0.3.36 # the last is llama-cpp-python, whose sdist holds llama.cpp
unset MAKEFLAGS MFLAGS

fetch() {
  test -d "$folder/python/$1-$2.dist-info" && return
  # Without what they depend on: all of it is in our own environment, which stays as it is.
  "$python" -m pip install --no-deps --upgrade --target "$folder/python" "$1==$2" >"$folder/$1.log" 2>&1 \
    || echo "$1 could not be installed (see $folder/$1.log); it is left out." >&2
}

build_llama() { # in one chain: `set -e` does not hold where a failure is asked for
  cd "$folder" \
    && rm -rf build \
    && { command -v cmake || cmake_of_our_own; } \
    && "$python" -m pip download --no-deps --no-binary llama-cpp-python "llama-cpp-python==$llama" \
    && tar -xzf "llama_cpp_python-$llama.tar.gz" \
    && cmake -S "llama_cpp_python-$llama/vendor/llama.cpp" -B build -DCMAKE_BUILD_TYPE=Release \
      -DBUILD_SHARED_LIBS=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_USE_PREBUILT_UI=OFF \
    && cmake --build build --target llama-server --parallel "$(getconf _NPROCESSORS_ONLN)" \
    && mkdir -p bin \
    && mv build/bin/llama-server bin/ \
    && touch "bin/.$llama" \
    && rm -rf build tools "llama_cpp_python-$llama" "llama_cpp_python-$llama.tar.gz"
}

cmake_of_our_own() {
  PATH=$PWD/tools/bin:$PATH
  "$python" -m venv tools && tools/bin/pip install cmake
}

python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python")
mkdir -p "$folder/python"
for peer; do
  case $peer in
    ctranslate2) fetch ctranslate2 "$ctranslate2" ;;
    gguf) fetch gguf "$gguf" ;;
    llama-server)
      test -f "$folder/bin/.$llama" && continue
      echo "Building llama.cpp's server in $folder (about ten minutes, once)..."
      (build_llama) >"$folder/llama.log" 2>&1 \
        || echo "It could not be built (see $folder/llama.log); it is left out." >&2
      ;;
  esac
done
