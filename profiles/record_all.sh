#!/bin/sh
# Makes the recordings again with the real tools: record_all.sh [CASE...|formats [FORMAT...]]   (none: all of them)
#
# Needs root (perf, attaching to processes), Debian 12 with linux-perf, hyperfine, time, strace, zsh, zip, bpftrace, python3-numpy, nodejs,
# gcc and go, and in PATH: py-spy and pyinstrument (pip), clinic and 0x (npm), inferno (cargo), k6 (go). The case py-native needs a Python
# 3.13 or newer in /usr/local; FLAMEGRAPH names a checkout of FlameGraph. All runs in /srv/app, with loopback addresses only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p /srv/app
cp -r "$here"/programs/* /srv/app/
cd /srv/app
export PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=1 NODE_NO_WARNINGS=1 NO_INSIGHT=1 NO_UPDATE_NOTIFIER=1
as_build_host() { unshare -u sh -c 'hostname build-host; exec "$@"' sh "$@"; }
if [ "${1:-}" = formats ]; then
	shift
	as_build_host "$here/record_formats.sh" "$@"
elif [ "${1:-}" = meter-days ]; then
	as_build_host /usr/bin/python3 -B "$here/cases/meter-days/record.py"
elif [ $# -gt 0 ]; then
	as_build_host /usr/bin/python3 "$here/programs/record.py" "$@"
else
	as_build_host /usr/bin/python3 "$here/programs/record.py" --all
	as_build_host /usr/bin/python3 -B "$here/cases/meter-days/record.py"
	as_build_host "$here/record_formats.sh"
fi
