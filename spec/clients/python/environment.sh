#!/usr/bin/env bash
# Prints the interpreter of one of the environments for the Python clients, `sdks`, `frameworks` or `schemathesis`; the frameworks want
# an older openai. Fails if it isn't there, unless told to make it:
#
#   spec/clients/python/environment.sh sdks --install
#
# It lies outside the tree, and is made anew when its requirements change. They are installed line by line: asked for all at
# once, pip's resolver does not come to an end.
set -eu
requirements="$(dirname "$0")/requirements/$1.txt"
environment="${XDG_CACHE_HOME:-$HOME/.cache}/ovms-ts/python-$1-$(cksum < "$requirements" | cut -d' ' -f1)"
if [ ! -e "$environment/complete" ]; then
  [ "${2-}" = --install ] || exit 1
  python3 -m venv --clear "$environment"
  while read -r line; do
    # shellcheck disable=SC2086
    "$environment/bin/pip" install --quiet --disable-pip-version-check $line
  done < "$requirements"
  touch "$environment/complete"
fi
echo "$environment/bin/python"
