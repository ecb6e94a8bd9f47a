import type { Repetition } from './llm.ts'

/**
 * Whether tokens end in the same few, over and over, all of them behind `from`. Source: vLLM's `repetition_detection`.
 */
export function repeats(tokens: readonly number[], from: number, { minSize, maxSize, count }: Repetition): boolean {
  for (let size = minSize; size <= maxSize && size * count <= tokens.length - from; size++) {
    let same = 0
    while (same < size * (count - 1) && tokens.at(-1 - same) === tokens.at(-1 - same - size)) same++
    if (same === size * (count - 1)) return true
  }
  return false
}
