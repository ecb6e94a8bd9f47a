#!/usr/bin/env bash
# The official Python client and plain requests against a live server with the demo model.
# The environment is made once, outside the tree, and made anew when the requirements change.
set -eu
cd "$(dirname "$0")/../../.."
here=spec/clients/python
environment="${XDG_CACHE_HOME:-$HOME/.cache}/ovms-ts/python-clients-$(cksum < "$here/requirements.txt" | cut -d' ' -f1)"
if [ ! -x "$environment/bin/python" ] || ! "$environment/bin/python" -c 'import openai, requests' 2> /dev/null; then
  python3 -m venv --clear "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
fi
exec "$environment/bin/python" "$here/clients.py"
