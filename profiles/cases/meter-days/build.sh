#!/bin/sh
# Builds the native extension beside warp.py, which takes it when it is there. Needs a C compiler and python3-dev.
set -eu
cc -O2 -Wall -Wextra -Werror -shared -fPIC $(python3-config --includes) -o warp_native.so warp_native.c
