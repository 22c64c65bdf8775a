#!/usr/bin/env bash
# Generates the TypeScript clients, compiles them, lints the contract, and runs the journeys against ORIGIN.
set -euo pipefail

if [ $# -ne 1 ]; then
  echo "usage: $0 ORIGIN    (for example http://127.0.0.1:8080)" >&2
  exit 2
fi
origin=$1
cd "$(dirname "${BASH_SOURCE[0]}")"
# Two runs in one folder would take each other's packages away: the second waits.
exec 9>.lock
if command -v flock >/dev/null; then flock 9; fi

npm ci --no-audit --no-fund
# What an earlier contract generated proves nothing.
rm -rf generated dist
npm run generate
npm run check
npm run lint
npm run rest -- "$origin"
npm run graphql -- "$origin"
npm run audits -- "$origin"
echo "node: passed: generated, compiled, linted; REST, GraphQL, live and audits against $origin"
