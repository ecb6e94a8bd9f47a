#!/bin/sh
# Makes models/demo-chat: ./make.sh WORK [STEPS]. Stopped, it goes on from the last checkpoint when run again.
set -e
cd "$(dirname "$0")"
work=${1:?a directory to work in}
mkdir -p "$work"
[ -d "$work/tokenizer" ] || python tokenizer.py "$work"
[ -f "$work/examples.npz" ] || python data.py "$work"
OMP_WAIT_POLICY=PASSIVE python train.py "$work" ${2:+--steps "$2"}
python evaluate.py "$work"
python publish.py "$work" ../demo-chat
python card.py "$work" ../demo-chat
