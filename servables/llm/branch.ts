import type { Continuation } from './beam-search.ts'
import type { CacheManager } from './cache-manager.ts'
import type { Sequence } from './sequence.ts'

/**
 * The beams of a search's next step: those that go on in their parents' places, and others, old or new, that take over what their
 * parents have. Rows of beams that are left over become free.
 */
export function branch(
  sequence: Sequence,
  next: readonly Continuation[],
  cache: Pick<CacheManager, 'fork' | 'release'>,
): readonly Sequence[] {
  const before = sequence.beams
  const after = next.map((_, place) => before[place] ?? sequence.newBeam())
  for (const [place, { parent }] of next.entries()) {
    if (parent === place) continue
    after[place]!.follow(before[parent]!)
    cache.fork(before[parent]!, after[place]!)
  }
  for (const [place, { token }] of next.entries()) after[place]!.append(token)
  for (const beam of before.slice(next.length)) cache.release(beam)
  return after
}
