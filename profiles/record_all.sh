#!/bin/sh
# Makes the recordings of profiles/cases again with the real tools: record_all.sh [CASE...]   (none: all of them)
#
# Needs root (perf, attaching to processes), Debian 12 with linux-perf, hyperfine, time, python3-numpy, nodejs, and in PATH:
# py-spy (pip), clinic and 0x (npm), inferno (cargo). Everything runs in /srv/app with loopback addresses only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p /srv/app
cp "$here"/programs/* /srv/app/
[ $# -gt 0 ] || set -- --all
cd /srv/app
export PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=1 NODE_NO_WARNINGS=1 NO_INSIGHT=1 NO_UPDATE_NOTIFIER=1
exec unshare -u sh -c 'hostname build-host; exec /usr/bin/python3 "$@"' sh "$here/programs/record.py" "$@"
