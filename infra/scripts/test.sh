#!/usr/bin/env bash
# Everything CI runs: set-up, lint, types, and the tests on real PostgreSQL, Redis and S3.
#   npm test                       all of it
#   npm test -- FILE.test.ts ...   only these tests
set -euo pipefail
cd "$(dirname "$0")/../.."
bash infra/scripts/setup.sh --test
export PATH="$PWD/node_modules/.bin:$PATH"
if [ $# -eq 0 ]; then
  biome check . --error-on-warnings
  tsc --noEmit
fi
exec bash infra/scripts/node24.sh test/run.ts "$@"
