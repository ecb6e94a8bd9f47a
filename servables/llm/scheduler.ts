import { chunkEnd, SMALLEST_ROOM } from './chunks.ts'
import { Rows } from './rows.ts'
import type { Sequence } from './sequence.ts'

/** Some tokens of one prompt: `tokens[from … to)` of its sequence. */
export interface PrefillRun {
  readonly kind: 'prefill'
  readonly sequence: Sequence
  readonly from: number
  readonly to: number
  /** Those whose next token the run's logits are for: the sequence, once the prompt's end is in the run. */
  readonly wanting: readonly Sequence[]
}

/** One token of every answer in progress, computed together over rows 0 … `lengths.length` − 1. */
export interface DecodeRun {
  readonly kind: 'decode'
  readonly sequences: readonly Sequence[]
  /**
   * Tokens of each row once the run is over, the new one included. A row that takes no part still gets one position written:
   * behind what it holds, where the next run over it writes anew.
   */
  readonly lengths: readonly number[]
  /** Those whose next token the run's logits are for: all but the ones that are still catching up. */
  readonly wanting: readonly Sequence[]
}

export type Run = PrefillRun | DecodeRun

/** A token for a sequence; undefined when its logits were not numbers. */
export interface Pick {
  readonly sequence: Sequence
  readonly token: number | undefined
}

/** What became of a pick. An end token is not told; `broken`: the logits were not numbers. */
export interface Outcome {
  readonly sequence: Sequence
  readonly token: number | undefined
  readonly finish: 'stop' | 'length' | 'broken' | undefined
}

/** Told as it happens. */
export interface SchedulerWatch {
  /** A sequence has got its row; before, it only waited. */
  admitted(sequence: Sequence): void
  /** A sequence has left its row, where it had this many tokens. */
  released(row: number, length: number): void
}

/**
 * Decides what the model computes next: first come, first served. A round of about `maxBatchedTokens` tokens is one token for
 * every answer in progress, then as much of the waiting prompts as fits; so prompts never stop answers for long.
 */
export class Scheduler {
  readonly #waiting = new Map<number, Sequence>()
  readonly #running = new Map<number, Sequence>()
  readonly #rows: Rows
  readonly #maxBatchedTokens: number
  readonly #watch: SchedulerWatch
  /** Tokens of prompts that the round still has room for. */
  #room: number

  constructor(rowCount: number, maxBatchedTokens: number, watch: SchedulerWatch) {
    this.#rows = new Rows(rowCount)
    this.#maxBatchedTokens = maxBatchedTokens
    this.#watch = watch
    this.#room = maxBatchedTokens
  }

  get waiting(): number {
    return this.#waiting.size
  }

  get running(): number {
    return this.#running.size
  }

  get freeRows(): number {
    return this.#rows.free
  }

  add(sequence: Sequence): void {
    this.#waiting.set(sequence.id, sequence)
  }

  /** Nothing more is wanted of the sequence: its row is free as soon as the run that is on, if any, is over. */
  drop(id: number): void {
    this.#waiting.delete(id)
    const sequence = this.#running.get(id)
    if (sequence !== undefined) sequence.ended = true
  }

  dropAll(): void {
    for (const id of [...this.#waiting.keys(), ...this.#running.keys()]) this.drop(id)
  }

  /** What to run now; undefined when there is nothing to do. To be called when no run is on. */
  next(): Run | undefined {
    this.#releaseEnded()
    this.#admitWaiting()
    const running = [...this.#running.values()]
    const prefilling = running.find((sequence) => sequence.isPrefilling)
    const decoding = running.filter((sequence) => !sequence.isPrefilling)
    const chunk = prefilling && this.#chunk(prefilling)
    if (chunk !== undefined) return chunk
    this.#room = Math.max(this.#maxBatchedTokens - decoding.length, SMALLEST_ROOM)
    return decoding.length > 0 ? decodeRun(decoding, running) : prefilling && this.#chunk(prefilling)
  }

  /** Books a run that is over, and the tokens picked from it. Sequences that were dropped meanwhile have no outcome. */
  update(run: Run, picks: readonly Pick[]): readonly Outcome[] {
    if (run.kind === 'prefill') run.sequence.computed = run.to
    else for (const sequence of run.sequences) sequence.computed++
    return picks.filter(({ sequence }) => !sequence.ended).map(outcome)
  }

  #releaseEnded(): void {
    for (const sequence of this.#running.values()) {
      if (!sequence.ended) continue
      this.#running.delete(sequence.id)
      this.#rows.release(sequence.row)
      this.#watch.released(sequence.row, sequence.computed)
    }
  }

  #admitWaiting(): void {
    for (const sequence of this.#waiting.values()) {
      const row = this.#rows.take()
      if (row === undefined) return
      sequence.row = row
      this.#waiting.delete(sequence.id)
      this.#running.set(sequence.id, sequence)
      this.#watch.admitted(sequence)
    }
  }

  /** As much of a prompt as the round has room for. */
  #chunk(sequence: Sequence): PrefillRun | undefined {
    const from = sequence.computed
    const to = chunkEnd(from, sequence.promptLength, this.#room)
    if (to === undefined) return undefined
    this.#room -= to - from
    return { kind: 'prefill', sequence, from, to, wanting: to === sequence.tokens.length ? [sequence] : [] }
  }
}

function decodeRun(decoding: readonly Sequence[], running: readonly Sequence[]): DecodeRun {
  const rows = Math.max(...decoding.map((sequence) => sequence.row)) + 1
  const lengths = new Array<number>(rows).fill(1)
  for (const sequence of running) {
    if (sequence.row < rows) lengths[sequence.row] = sequence.computed + 1
  }
  const wanting = decoding.filter((sequence) => sequence.computed + 1 === sequence.tokens.length)
  return { kind: 'decode', sequences: decoding, lengths, wanting }
}

function outcome({ sequence, token }: Pick): Outcome {
  const finish = token === undefined ? 'broken' : sequence.append(token)
  if (finish !== undefined) sequence.ended = true
  return { sequence, token: finish === 'stop' ? undefined : token, finish }
}
