#!/bin/sh
# One browser test. 77 tells ctest that it was skipped; the line says why.
set -eu
if grep -qs '^ID=ubuntu' /etc/os-release; then
    echo "skipped: Ubuntu has chromium as a snap only"
    exit 77
fi
for tool in chromium node; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "skipped: no $tool (./dev test installs it)"
        exit 77
    fi
done
if [ ! -d "$(dirname "$1")/node_modules" ]; then
    echo "skipped: no node_modules beside the test (./dev test runs npm ci)"
    exit 77
fi
exec node --test "$1"
