import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { blockSize } from '../../../servables/llm/blocks.ts'
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
  const cache = new Cache([layer('a'), layer('b')], 4, 8, 0)
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

test('a row that is released is given back to the operating system, its neighbours are not', () => {
  const cache = new Cache([layer('a')], 3, 16_384, 0)
  const numbers = (row: number) => cache.past(row, 1)['past.a']!.data as Float32Array
  for (const row of [0, 1, 2]) numbers(row).fill(7)
  cache.release(1)
  const first = (row: number) => numbers(row).at(0)
  const last = (row: number) => numbers(row).at(-1)
  assert.equal([first(0), first(2), last(0), last(2)], [7, 7, 7, 7])
  if (process.platform === 'linux') assert.equal([first(1), last(1)], [0, 0])
  cache.dispose()
})

/** A row's number for every layer, head, token and dimension, all different. */
const fill = (cache: Cache, row: number, salt: number): void => {
  for (const [index, name] of ['past.a', 'past.b'].entries()) {
    const numbers = cache.past(row, 1)[name]!.data as Float32Array
    for (let at = 0; at < numbers.length; at++) numbers[at] = salt + at + index * 1_000_000
  }
}

/** The numbers of tokens `from … to` in all layers and heads. */
const tokensOf = (cache: Cache, row: number, from: number, to: number): readonly number[] =>
  ['past.a', 'past.b'].flatMap((name) => {
    const { data, shape } = cache.past(row, 1)[name]!
    const [, heads, capacity, headSize] = shape as [number, number, number, number]
    return Array.from({ length: heads }, (_, head) => [
      ...(data as Float32Array).subarray((head * capacity + from) * headSize, (head * capacity + to) * headSize),
    ]).flat()
  })

test('a block is copied out to a slot and back to the same place in another row', () => {
  const cache = new Cache([layer('a'), layer('b')], 3, 4 * blockSize, 3)
  fill(cache, 0, 0)
  fill(cache, 1, 0.5)
  const [from, to] = [2 * blockSize, 3 * blockSize]
  const expected = tokensOf(cache, 0, from, to)
  const before = tokensOf(cache, 1, 0, from)
  cache.keep(0, 2, 1)
  cache.keep(0, 0, 2)
  cache.keep(1, 0, 0)
  cache.release(0)
  cache.restore(1, 1, 2)
  assert.equal(tokensOf(cache, 1, from, to), expected)
  assert.equal(tokensOf(cache, 1, 0, from), before)
  cache.dispose()
})

test("a row's first tokens move to another row, and no others", () => {
  const cache = new Cache([layer('a'), layer('b')], 3, 64, 0)
  fill(cache, 0, 0)
  fill(cache, 2, 0.5)
  const [expected, rest] = [tokensOf(cache, 2, 0, 21), tokensOf(cache, 0, 21, 64)]
  cache.move(2, 0, 21)
  assert.equal(tokensOf(cache, 0, 0, 21), expected)
  assert.equal(tokensOf(cache, 0, 21, 64), rest)
  cache.dispose()
})

test.run()
