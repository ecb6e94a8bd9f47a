import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Patience } from '../../../servables/encoder/patience.ts'

test('a run has its share of the texts that are here, and waits for it a fraction of the time that runs take', () => {
  const runs = new Patience(2, 256)
  runs.here(32)
  runs.ended(60, 1000)
  const { share } = runs
  assert.ok(share > 12 && share <= 16)
  assert.is(runs.wait(share, 1000), 0)
  const wait = runs.wait(share - 1, 1000)
  assert.ok(wait > 0 && wait <= 15)
  assert.is(runs.wait(share - 1, 1000 + wait), 0)
})

test('runs of a few short texts do not shorten what others wait; a long text is not waited for long', () => {
  const busy = new Patience(2, 256)
  busy.here(32)
  busy.ended(60, 1000)
  busy.ended(5, 1010)
  assert.ok(busy.wait(1, 1010) > 10)
  const alone = new Patience(2, 256)
  alone.here(2)
  alone.ended(5000, 1000)
  assert.ok(alone.wait(0, 1000) <= 1)
})

test('when there are fewer than before, runs soon wait for fewer', () => {
  const runs = new Patience(2, 256)
  runs.here(32)
  for (let run = 0; run < 50; run++) {
    runs.here(4)
    runs.ended(20, run)
  }
  assert.is(runs.share, 2)
})

test('where each text has a run of its own, nobody waits', () => {
  const runs = new Patience(2, 1)
  runs.here(32)
  runs.ended(60, 1000)
  assert.is(runs.wait(1, 1000), 0)
})

test.run()
