#!/usr/bin/env bash
# The specs that need Python: its clients against a live server, schemathesis, and the Python that the seed
# documents print. `npm test`, for which
# Node is enough, leaves them out. Needs dist/.
set -eu
cd "$(dirname "$0")/../../.."
for each in sdks frameworks schemathesis; do spec/clients/python/environment.sh "$each" --install; done
exec node --import tsx node_modules/uvu/bin.js spec/clients '\.python-spec\.ts$'
