import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { blockSize } from '../../../servables/llm/blocks.ts'
import { cacheCapacity } from '../../../servables/llm/capacity.ts'
import { codeOf } from './tiny-models.ts'

const perToken = 1000
const blockBytes = perToken * blockSize
const init = { rows: 4, maxLength: 10 * blockSize, cacheBytes: 0, prefixCacheBytes: 0 }

test('there are no more blocks than all rows and the prefixes could fill', () => {
  assert.equal(cacheCapacity(perToken, init), { blocks: 40, keptBlocks: 0 })
  assert.equal(cacheCapacity(perToken, { ...init, prefixCacheBytes: 7.9 * blockBytes }), { blocks: 47, keptBlocks: 7 })
  assert.equal(cacheCapacity(perToken, { ...init, maxLength: 10 * blockSize + 1 }), { blocks: 44, keptBlocks: 0 })
})

test('and no more than were asked for, prefixes among them', () => {
  const small = { ...init, cacheBytes: 20.5 * blockBytes }
  assert.equal(cacheCapacity(perToken, small), { blocks: 20, keptBlocks: 0 })
  assert.equal(cacheCapacity(perToken, { ...small, prefixCacheBytes: 7 * blockBytes }), { blocks: 20, keptBlocks: 7 })
  assert.equal(cacheCapacity(perToken, { ...small, prefixCacheBytes: 70 * blockBytes }), { blocks: 20, keptBlocks: 20 })
})

test('left to itself, a cache takes no more than the machine has', () => {
  const { blocks } = cacheCapacity(perToken, { ...init, rows: 256, maxLength: 2 ** 30 })
  assert.ok(blocks * blockBytes < 2 ** 50)
})

test('a cache of less than a block is refused', async () => {
  assert.is(await codeOf(() => cacheCapacity(perToken, { ...init, cacheBytes: blockBytes - 1 })), 'bad_model')
})

test.run()
