import type { Mask } from './mask.ts'
import type { GrammarSpec } from './spec.ts'
import type { Vocabulary } from './vocabulary.ts'

/** What a grammar thread is given at its start. */
export interface ThreadInit {
  readonly vocabulary: Vocabulary
  /** One word in shared memory: the id of the grammar or matcher that is being worked on, or 0. Read when the thread has died. */
  readonly working: Int32Array
  /** Bytes that the compiler may have for all of its grammars. */
  readonly maxHeap: number
}

/** Follows one answer: takes tokens, then looks ahead through guessed ones. Its first move makes a matcher. */
export interface Move {
  readonly matcher: number
  readonly grammar: number
  readonly tokens: readonly number[]
  /** Tokens that may come next: masks behind each of them are wanted, too, as far as the grammar allows them. */
  readonly guesses: readonly number[]
  /** Counts the matcher's moves: an answer to any but the last is out of date. */
  readonly turn: number
}

/** Where a move has led. */
export interface Position {
  readonly matcher: number
  readonly turn: number
  /** The first token that the grammar does not allow; -1 when it allows them all. */
  readonly refused: number
  /** Whether an end token has been taken. */
  readonly ended: boolean
  /** What may come next, then what may come behind each allowed guess. Empty at the end. */
  readonly masks: readonly Mask[]
}

/** One message goes out for every step of the model, with the moves of all answers. */
export type ToThread =
  | { readonly type: 'compile'; readonly grammar: number; readonly spec: GrammarSpec }
  | { readonly type: 'forget'; readonly grammars: readonly number[]; readonly matchers: readonly number[] }
  | { readonly type: 'move'; readonly moves: readonly Move[] }

export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'compiled'; readonly grammar: number; readonly heap: number }
  | { readonly type: 'refused'; readonly grammar: number; readonly reason: string }
  | { readonly type: 'moved'; readonly positions: readonly Position[] }
