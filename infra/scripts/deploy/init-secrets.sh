#!/usr/bin/env bash
# Makes the secrets of the compose stack, once: a file that exists is never changed, so it is safe to run again.
#   init-secrets.sh [host name for the self-signed certificate]
# Needs openssl and age-keygen, or instead of the latter the image of the stack (docker compose build api).
set -euo pipefail
umask 077

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
host=${1:-localhost}
secrets=$root/infra/docker/secrets
ssl=$root/infra/nginx/ssl
made=0

# A container runs as another user and sees a secret as the same file, with the same mode. So the files can be read by
# everybody, in a directory that only its owner can enter: on the host they are private, in a container they can be read.
mkdir -p "$secrets"
chmod 0700 "$secrets" "$ssl"

# make FILE COMMAND...: the command's output becomes the file, whole or not at all.
make() {
  local file=$1; shift
  [ -e "$file" ] && return
  "$@" > "$file.new" || { rm -f "$file.new"; echo "init-secrets: could not make ${file#"$root"/}" >&2; exit 1; }
  chmod 0444 "$file.new"
  mv "$file.new" "$file"
  made=$((made + 1))
}

password() { openssl rand -hex 24; }
signing_key() { openssl genpkey -algorithm ed25519; }
age_keygen() {
  if command -v age-keygen > /dev/null; then age-keygen "$@"
  else docker run --rm -i --network none "resguardo/app:${RESGUARDO_VERSION:-local}" age-keygen "$@"
  fi
}
recipient() { age_keygen -y < "$secrets/age_identity.txt"; }
catalog_url() { printf 'postgres://resguardo:%s@catalog:5432/resguardo\n' "$(cat "$secrets/postgres_password")"; }
redis_url() { printf 'redis://:%s@redis:6379/0\n' "$(cat "$secrets/redis_password")"; }
redis_auth() { printf 'requirepass %s\n' "$(cat "$secrets/redis_password")"; }

# The key lies beside the certificate as soon as there is one: a pair is made together or not at all.
certificate() {
  [ -e "$ssl/server.pem" ] && return
  local address=IP:127.0.0.1
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 825 -subj "/CN=$host" \
    -addext "subjectAltName=DNS:$host,DNS:localhost,$address" \
    -keyout "$ssl/server-key.pem.new" -out "$ssl/server.pem.new" 2> /dev/null
  chmod 0444 "$ssl"/server*.pem.new
  mv "$ssl/server-key.pem.new" "$ssl/server-key.pem"
  mv "$ssl/server.pem.new" "$ssl/server.pem"
  made=$((made + 1))
}

make "$secrets/master_key" openssl rand -base64 32
make "$secrets/signing_key.pem" signing_key
make "$secrets/age_identity.txt" age_keygen
make "$secrets/age_recipient.txt" recipient
make "$secrets/postgres_password" password
make "$secrets/catalog_url" catalog_url
make "$secrets/redis_password" password
make "$secrets/redis_auth.conf" redis_auth
make "$secrets/redis_url" redis_url
make "$secrets/s3_access_key" openssl rand -hex 10
make "$secrets/s3_secret_key" openssl rand -hex 32
certificate

cat <<TEXT
$made made, the rest was there: ${secrets#"$root"/}, ${ssl#"$root"/}

For the repository that you add over the API:
  endpoint     http://s3:9000   (path-style, bucket ${S3_BUCKET:-resguardo}, region ${S3_REGION:-us-east-1})
  access key   $(cat "$secrets/s3_access_key")
  secret key   in ${secrets#"$root"/}/s3_secret_key
  recipient    $(cat "$secrets/age_recipient.txt")

Copy these two to a place away from this machine. Without them no backup can be read again:
  ${secrets#"$root"/}/age_identity.txt
  ${secrets#"$root"/}/master_key
TEXT
