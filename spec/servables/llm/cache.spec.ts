import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Cache, type CacheLayer } from '../../../servables/llm/cache.ts'
import { Rows } from '../../../servables/llm/rows.ts'

const layer = (name: string): CacheLayer => ({
  past: `past.${name}`,
  present: `present.${name}`,
  type: 'float32',
  heads: 2,
  headSize: 64,
})

test('rows are given lowest first, and come back', () => {
  const rows = new Rows(3)
  assert.equal([rows.take(), rows.take(), rows.take(), rows.take()], [0, 1, 2, undefined])
  rows.release(1)
  rows.release(0)
  assert.is(rows.free, 2)
  assert.equal([rows.take(), rows.take(), rows.take()], [0, 1, undefined])
})

test("a row's slice and the rows together lie over the same memory, as past and as present", () => {
  const cache = new Cache([layer('a'), layer('b')], 4, 8)
  const row = cache.past(2, 1)['past.a']!
  const all = cache.present(0, 4)['present.a']!
  assert.equal(row.shape, [1, 2, 8, 64])
  assert.equal(all.shape, [4, 2, 8, 64])
  row.data[5] = 42
  assert.is(all.data[2 * (2 * 8 * 64) + 5], 42)
  assert.is(cache.past(0, 4)['past.b']!.data[2 * (2 * 8 * 64) + 5], 0)
  assert.is(cache.past(2, 1)['past.a'], row)
  cache.dispose()
})

test('a row that held much is given back to the operating system, its neighbours are not', () => {
  const cache = new Cache([layer('a')], 3, 16_384)
  const numbers = (row: number) => cache.past(row, 1)['past.a']!.data as Float32Array
  for (const row of [0, 1, 2]) numbers(row).fill(7)
  cache.release(0, 100)
  cache.release(1, 16_384)
  const first = (row: number) => numbers(row).at(0)
  const last = (row: number) => numbers(row).at(-1)
  assert.equal([first(0), first(2), last(0), last(2)], [7, 7, 7, 7])
  if (process.platform === 'linux') assert.equal([first(1), last(1)], [0, 0])
  cache.dispose()
})

test.run()
