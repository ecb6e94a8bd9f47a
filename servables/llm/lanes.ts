import { blocksFor } from './blocks.ts'
import type { Sequence } from './sequence.ts'

/** A token of a sequence, and where it stands: one that it has, or a guess. */
export interface Lane {
  readonly sequence: Sequence
  readonly position: number
  readonly token: number
  readonly isGuess: boolean
}

/**
 * One or more tokens of every answer in progress, each in a lane of its own as if it were another sequence's: so their bits are
 * those of a decode run. Lanes of one sequence show the same row, and each reads what those before it write.
 */
export interface LanesRun {
  readonly kind: 'lanes'
  readonly sequences: readonly Sequence[]
  /** A sequence's own beside each other, in the order of their positions. */
  readonly lanes: readonly Lane[]
  /** Those that have no token behind the ones computed. */
  readonly wanting: readonly Sequence[]
}

/**
 * Each sequence's next token; then, as far as there are lanes, those that are known behind it, and its guesses. Undefined when
 * there are none of those, or more sequences than lanes.
 */
export function lanesRun(sequences: readonly Sequence[], most: number): LanesRun | undefined {
  let left = most - sequences.length
  const lanes = sequences.flatMap((sequence): Lane[] => {
    const { computed, tokens, guesses } = sequence
    const further = Math.max(0, Math.min(left, tokens.length + guesses.length - computed - 1))
    left -= further
    return Array.from({ length: 1 + further }, (_, index) => laneAt(sequence, computed + index))
  })
  if (left < 0 || lanes.length === sequences.length) return undefined
  const last = lanes.filter(({ sequence, position }) => sequence.isFirst && position === sequence.tokens.length - 1)
  return { kind: 'lanes', sequences, lanes, wanting: last.map(({ sequence }) => sequence) }
}

function laneAt(sequence: Sequence, position: number): Lane {
  const { tokens, guesses } = sequence
  const isGuess = position >= tokens.length
  return { sequence, position, token: isGuess ? guesses[position - tokens.length]! : tokens[position]!, isGuess }
}

/** Blocks that a run takes beyond those of its sequences' tokens. */
export function guessedBlocks({ lanes }: LanesRun): number {
  return lanes.filter(({ isGuess, position }) => isGuess && blocksFor(position + 1) > blocksFor(position)).length
}

/** Counts as computed what was computed of tokens that the sequences have by now. */
export function catchUp({ lanes }: LanesRun): void {
  for (const { sequence, position, token } of lanes)
    if (position === sequence.computed && sequence.tokens[position] === token) sequence.computed++
}
