#!/usr/bin/env bash
# Runs a command and says in one line how it ended: step.sh NAME EXPECTED COMMAND…
set -euo pipefail

name=$1
expected=$2
shift 2
if "$@"; then
  echo "$name: passed: $expected"
else
  echo "$name: FAILED: expected $expected" >&2
  exit 1
fi
