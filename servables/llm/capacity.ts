import { totalmem } from 'node:os'
import { EngineError } from '../../engine/index.ts'
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
  const affordable = Math.floor((init.cacheBytes || machineBytes() / 2) / blockBytes)
  const wanted = Math.floor(init.prefixCacheBytes / blockBytes)
  const blocks = Math.min(affordable, init.rows * blocksFor(init.maxLength) + wanted)
  if (blocks < 1) {
    const message = `cache_size is ${init.cacheBytes} bytes, but ${blockSize} tokens of this model take ${blockBytes}. Raise it.`
    throw new EngineError('bad_model', message)
  }
  return { blocks, keptBlocks: Math.min(wanted, blocks) }
}

/** What this process may use, which can be less than the machine has. */
function machineBytes(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
}
