import { EngineError } from '../../engine/index.ts'
import { usableMemory } from '../memory.ts'
import type { ModelInit } from './architecture.ts'
import { blockSize, blocksFor } from './blocks.ts'
import type { CacheCapacity } from './cache-manager.ts'

/**
 * How many blocks there may be: no more than `cacheBytes`, or else half of the machine's memory, and no more than all rows at full
 * length and all prefixes take.
 *
 * @throws EngineError `bad_model` when it is not even one
 */
export function cacheCapacity(
  bytesPerToken: number,
  init: Pick<ModelInit, 'rows' | 'maxLength' | 'cacheBytes' | 'prefixCacheBytes'>,
): CacheCapacity {
  const blockBytes = bytesPerToken * blockSize
  const affordable = Math.floor((init.cacheBytes || usableMemory() / 2) / blockBytes)
  const wanted = Math.floor(init.prefixCacheBytes / blockBytes)
  const blocks = Math.min(affordable, init.rows * blocksFor(init.maxLength) + wanted)
  if (blocks < 1) {
    const message = `cache_size is ${init.cacheBytes} bytes, but ${blockSize} tokens of this model take ${blockBytes}. Raise it.`
    throw new EngineError('bad_model', message)
  }
  return { blocks, keptBlocks: Math.min(wanted, blocks) }
}
