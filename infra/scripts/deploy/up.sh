#!/usr/bin/env bash
# First start and every upgrade: builds the image, makes missing secrets, starts all and waits until all is healthy.
#   up.sh [host name for the self-signed certificate]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

docker compose version > /dev/null 2>&1 || { echo 'up: Docker with the compose plugin is needed: https://docs.docker.com/engine/install/' >&2; exit 1; }
docker compose build api
infra/scripts/deploy/init-secrets.sh "$@"
docker compose up --detach --wait
# Compose does not see that a mounted file has changed: its configuration, its certificate.
docker compose up --detach --wait --no-deps --force-recreate nginx

echo
echo "Resguardo answers on https://${1:-localhost}:$(docker compose port nginx 8443 | sed 's/.*://'). The first API key:"
echo '  docker compose exec api node services/cli/src/keys.ts create --role admin --name first'
