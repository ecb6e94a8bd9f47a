import { setImmediate, setInterval } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SettledHeap } from '../../servables/heap.ts'

/** Something that has grown old, and whose last holder lets go of it. */
async function aged(): Promise<WeakRef<object>> {
  const old = { left: [new Array(1000).fill({})] }
  for (let k = 0; k < 200; k++) new Array(50_000).fill(k)
  const found = new WeakRef(old.left.pop()!)
  await setImmediate()
  return found
}

test('settling frees what nobody holds, also what has grown old', async () => {
  const found = await aged()
  new SettledHeap().settle()
  assert.is(found.deref(), undefined)
})

test('settling hands no collector to programs', () => {
  new SettledHeap().settle()
  assert.is('gc' in globalThis, false)
})

test('a heap that has grown settles by itself, once the process is at rest', async () => {
  const heap = new SettledHeap(50)
  heap.settle()
  const held = Array.from({ length: 200 }, (_, k) => new Array(5000).fill(k))
  const found = await aged()
  const began = performance.now()
  for await (const _ of setInterval(10)) if (found.deref() === undefined || performance.now() - began > 5000) break
  assert.is(found.deref(), undefined)
  assert.is(held.length, 200)
})

test.run()
