#!/usr/bin/env bash
# Installs what is missing to run, test or demo this project. Idempotent, and quiet when nothing is missing.
#   setup.sh              Node packages, PostgreSQL, Redis, age, zstd
#   setup.sh --test       the same, and the S3 server (Ceph RGW) that the tests use
#   setup.sh --node-only  Node packages only (lint, typecheck)
# On Debian and Ubuntu with root or sudo it installs; elsewhere it says what to install and exits 1.
set -euo pipefail
cd "$(dirname "$0")/../.."
PNPM=pnpm@12.21.0
LOG=$(mktemp); trap 'rm -f "$LOG"' EXIT

node_packages() {
  # The lockfile's copy inside node_modules tells whether the install is current.
  if [ -x node_modules/.bin/node ] && cmp -s pnpm-lock.yaml node_modules/.resguardo-lock; then return; fi
  echo 'setup: installing Node packages'
  npx --yes "$PNPM" install --frozen-lockfile >"$LOG" 2>&1 || { tail -30 "$LOG" >&2; exit 1; }
  node_modules/.bin/tap build >"$LOG" 2>&1 || { tail -30 "$LOG" >&2; exit 1; }
  cp pnpm-lock.yaml node_modules/.resguardo-lock
}

# A Debian package is wanted when its program is missing.
wanted=()
want() { command -v "$1" >/dev/null 2>&1 || wanted+=("$2"); }
postgresql_server() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null 2>&1; }

system_packages() {
  want redis-server redis-server
  want age age
  want zstd zstd
  want openssl openssl
  want curl curl
  postgresql_server || wanted+=(postgresql)
  if [ "${1:-}" = --test ]; then
    want radosgw radosgw
    want ceph-mon ceph-mon
    want ceph-osd ceph-osd
    want ceph ceph-common
    want pgrep procps
    want jq jq
  fi
  [ ${#wanted[@]} -eq 0 ] && return
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root=(sudo -n); else refuse; fi
  fi
  command -v apt-get >/dev/null 2>&1 || refuse
  echo "setup: installing ${wanted[*]}"
  # No cluster and no services of the distribution: the project starts its own.
  "${as_root[@]}" mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}"; } >"$LOG" 2>&1 || {
    tail -30 "$LOG" >&2
    exit 1
  }
}

refuse() {
  echo "setup: these programs are missing; install them and run this again: ${wanted[*]}" >&2
  exit 1
}

[ "${1:-}" = --node-only ] || system_packages "${1:-}"
node_packages
