import { setImmediate } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { settleHeap } from '../../servables/heap.ts'

test('settling frees what nobody holds, also what has grown old', async () => {
  const old = { left: [new Array(1000).fill({})] }
  for (let k = 0; k < 200; k++) new Array(50_000).fill(k)
  const found = new WeakRef(old.left.pop()!)
  await setImmediate()
  settleHeap()
  assert.is(found.deref(), undefined)
})

test('settling hands no collector to programs', () => {
  settleHeap()
  assert.is('gc' in globalThis, false)
})

test.run()
