#!/bin/sh
# Makes models/demo-embed and models/demo-rerank: encoders/make.sh WORK.
set -e
cd "$(dirname "$0")/.."
work=${1:?a directory to work in}
mkdir -p "$work"
[ -d "$work/tokenizer" ] || python -m encoders.tokenizer "$work"
[ -f "$work/embed-training.json" ] || OMP_WAIT_POLICY=PASSIVE python -m encoders.train_embed "$work"
[ -f "$work/rerank-training.json" ] || OMP_WAIT_POLICY=PASSIVE python -m encoders.train_rerank "$work"
python -m encoders.publish "$work" ..
python -m encoders.evaluate "$work" ..
python -m encoders.card "$work" ..
python -m encoders.check ..
