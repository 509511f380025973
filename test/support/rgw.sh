#!/usr/bin/env bash
# rgw.sh start DIR PORT | stop DIR
# A real S3 for the tests: one-node Ceph (mon, memory-backed osd, radosgw) on 127.0.0.1 from Debian's packages, with object
# lock, versioning and conditional writes. Environment: RGW_KEY, RGW_SECRET (credentials), MONPORT (a free port).
set -euo pipefail
action=${1:?start or stop} dir=${2:?directory} conf=$2/ceph.conf

configure() {
  mkdir -p "$dir"/{mon,osd,run,log,rgw}
  cat >"$conf" <<EOF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = v2:127.0.0.1:${MONPORT:?}
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
osd memory target = 939524096
osd max object name len = 256
mon allow pool size one = true
mon max pg per osd = 2000
osd max pg per osd hard ratio = 10
mon data avail crit = 1
mon data avail warn = 1
memstore device bytes = 4294967296
mon data = $dir/mon
osd data = $dir/osd
run dir = $dir/run
log file = $dir/log/\$name.log
pid file = $dir/run/\$name.pid
admin socket = $dir/run/\$name.asok
keyring = $dir/keyring
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:$1
rgw data = $dir/rgw
rgw dns name = localhost
rgw verify ssl = false
rgw lc debug interval = 10
rgw gc obj min wait = 5
EOF
}

start() {
  configure "$1"
  local fsid id
  fsid=$(sed -n 's/^fsid = //p' "$conf")
  ceph-authtool --create-keyring "$dir/keyring" --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool "$dir/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' --cap mds 'allow *'
  monmaptool --create --clobber --fsid "$fsid" --addv a "[v2:127.0.0.1:$MONPORT]" "$dir/monmap"
  ceph-mon -c "$conf" -i a --mkfs --monmap "$dir/monmap" --keyring "$dir/keyring" --setuser root --setgroup root
  ceph-mon -c "$conf" -i a --setuser root --setgroup root
  id=$(ceph -c "$conf" osd new "$(cat /proc/sys/kernel/random/uuid)")
  ceph -c "$conf" auth get-or-create "osd.$id" mon 'allow profile osd' osd 'allow *' mgr 'allow profile osd' >>"$dir/keyring"
  ceph-osd -c "$conf" -i "$id" --mkfs --osd-uuid "$(ceph -c "$conf" osd dump | sed -n "s/^osd\.$id .* \([0-9a-f-]\{36\}\)\$/\1/p")" --setuser root --setgroup root
  ceph -c "$conf" osd crush add "osd.$id" 1.0 root=default host=h
  ceph-osd -c "$conf" -i "$id" --setuser root --setgroup root
  ceph -c "$conf" auth get-or-create client.rgw mon 'allow *' osd 'allow *' mgr 'allow *' >>"$dir/keyring"
  radosgw -c "$conf" -n client.rgw --setuser root --setgroup root
  radosgw-admin -c "$conf" user create --uid=t --display-name=t --access-key="${RGW_KEY:?}" --secret-key="${RGW_SECRET:?}" >/dev/null
  for _ in $(seq 300); do curl -fs -o /dev/null "http://127.0.0.1:$1/" && return; sleep .2; done
  echo "the S3 server did not start; see $dir/log" >&2
  exit 1
}

case $action in
start) mkdir -p "$dir"; start "${3:?port}" >"$dir/start.log" 2>&1 </dev/null || { tail -20 "$dir/start.log" >&2; exit 1; } ;;
stop) for pid in "$dir"/run/*.pid; do kill -9 "$(cat "$pid")" 2>/dev/null || true; done ;;
*) sed -n 2,4p "$0"; exit 2 ;;
esac
