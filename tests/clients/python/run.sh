#!/usr/bin/env bash
# Generates the Python client, compiles it, checks its types, and runs the journey against ORIGIN. VENV_DIR is made if it
# is not there.
set -euo pipefail

if [ $# -ne 2 ]; then
  echo "usage: $0 ORIGIN VENV_DIR    (for example http://127.0.0.1:8080 .venv)" >&2
  exit 2
fi
origin=$1
mkdir -p "$2"
venv=$(cd "$2" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")"
# Two runs in one folder would take each other's packages away: the second waits.
exec 9>.lock
if command -v flock >/dev/null; then flock 9; fi

python3 -m venv "$venv"
"$venv/bin/pip" install -q --disable-pip-version-check -r requirements.txt
# What an earlier contract generated proves nothing.
rm -rf generated
# The generator formats what it made with ruff, which it looks for on the path.
PATH="$venv/bin:$PATH" "$venv/bin/openapi-python-client" generate --path ../../../openapi/openapi.json \
  --output-path generated --meta none --overwrite --fail-on-warning --config generator.yaml
"$venv/bin/python" -m compileall -q generated journey.py
# The types of what was generated, as the journey uses it; slips inside the generator's own code are not ours.
"$venv/bin/mypy" --strict --follow-imports=silent journey.py
"$venv/bin/python" journey.py "$origin"
echo "python: passed: generated, compiled, checked; REST against $origin"
