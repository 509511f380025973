#!/usr/bin/env bash
# Runs a program of ours with the pinned Node and the tools of node_modules, whatever Node npm was started with.
set -euo pipefail
cd "$(dirname "$0")/../.."
# Compiled once, not at every start.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE-$PWD/node_modules/.cache/node}"
export PATH="$PWD/node_modules/.bin:$PATH"
exec node "$@"
