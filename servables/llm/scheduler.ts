import type { BeamSearch, Candidate, FoundAnswer } from './beam-search.ts'
import { branch } from './branch.ts'
import { type CacheCapacity, CacheManager, type CacheMemory, usedBlocks } from './cache-manager.ts'
import { chunkEnd, SMALLEST_ROOM } from './chunks.ts'
import { catchUp, guessedBlocks, type LanesRun, lanesRun } from './lanes.ts'
import type { FinishReason } from './llm.ts'
import type { PackedLogprobs } from './logprobs.ts'
import type { Sequence } from './sequence.ts'
import { byTurn, WaitingLine } from './waiting-line.ts'

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
  /** Those whose next token the run's logits are for: all but the ones that are still catching up. One stands for its beams. */
  readonly wanting: readonly Sequence[]
}

export type Run = PrefillRun | DecodeRun | LanesRun

/** A token for a sequence; undefined when its logits were not numbers. */
export interface Pick {
  readonly sequence: Sequence
  readonly token: number | undefined
  readonly logprobs?: PackedLogprobs | undefined
  /** Of a beam search: for each beam the tokens that may come next. */
  readonly candidates?: readonly (readonly Candidate[])[]
  /** What is to be told with one of them. */
  readonly logprobsOf?: (beam: number, token: number) => PackedLogprobs | undefined
}

/** What became of a pick. A token that the sequence did not keep is not told; `broken`: the logits were not numbers. */
export interface Outcome {
  readonly sequence: Sequence
  readonly token: number | undefined
  readonly logprobs?: PackedLogprobs | undefined
  readonly finish: FinishReason | 'broken' | undefined
  /** Of a beam search that is over. */
  readonly answers?: readonly FoundAnswer[]
}

/** Told as it happens. */
export interface SchedulerWatch {
  /** A sequence has got a row; before, it only waited. */
  admitted(sequence: Sequence): void
  /** Work on a sequence begins for the first time; so many tokens of its prompt were found. Not told where none are kept. */
  begun(sequence: Sequence, foundTokens: number): void
}

/** What a scheduler has to share out. */
export interface SchedulerLimits {
  /** Sequences in work, and beams of searches, at most. */
  readonly rows: number
  /** Tokens in a round. */
  readonly maxBatchedTokens: number
  /** Whether prompts are cut into chunks. If not, none may be longer than `maxBatchedTokens`. */
  readonly splitPrompts: boolean
  /** Tokens that are computed together if some of them are one sequence's; absent or 0: none are. */
  readonly lanes?: number | undefined
  /** Every sequence must fit into it alone, at its full length. */
  readonly capacity: CacheCapacity
}

/** Where a scheduler stands, and what it has counted since its beginning, as vLLM's metrics count. */
export interface SchedulerStats {
  readonly running: number
  readonly waiting: number
  /** The part of the memory for keys and values that sequences in work take; kept prefixes do not count. From 0 to 1. */
  readonly cacheUsage: number
  /** Tokens of prompts that were looked for among the kept prefixes, and those of them that were found. */
  readonly prefixCacheQueries: number
  readonly prefixCacheHits: number
  /** Times that a sequence lost its row because memory ran out. */
  readonly preemptions: number
}

/**
 * Decides what the model computes next: first come, first served. A round of about `maxBatchedTokens` tokens is one token for
 * every answer in progress, then as much of the waiting prompts as fits; so prompts never stop answers for long. When the
 * sequences in work outgrow the memory, the one whose turn came last waits again, and goes on later where it was.
 */
export class Scheduler {
  readonly #waiting = new WaitingLine()
  readonly #running = new Map<number, Sequence>()
  readonly #limits: SchedulerLimits
  readonly #cache: CacheManager
  readonly #watch: SchedulerWatch
  /** Tokens of prompts that a round has room for, and those that this one still has room for. */
  #fullRoom: number
  #room: number
  #queries = 0
  #hits = 0
  #preemptions = 0

  constructor(limits: SchedulerLimits, memory: CacheMemory, watch: SchedulerWatch) {
    this.#limits = limits
    this.#cache = new CacheManager(limits.rows, limits.capacity, memory)
    this.#watch = watch
    this.#fullRoom = limits.maxBatchedTokens
    this.#room = limits.maxBatchedTokens
  }

  get stats(): SchedulerStats {
    return {
      running: this.running,
      waiting: this.waiting,
      cacheUsage: usedBlocks(this.#running.values()) / this.#limits.capacity.blocks,
      prefixCacheQueries: this.#queries,
      prefixCacheHits: this.#hits,
      preemptions: this.#preemptions,
    }
  }

  get waiting(): number {
    return this.#waiting.length
  }

  get running(): number {
    return this.#running.size
  }

  /** But those that beam searches have still to take. */
  get freeRows(): number {
    let free = this.#cache.freeRows
    for (const { width, beams } of this.#running.values()) free -= width - beams.length
    return free
  }

  get keptBlocks(): number {
    return this.#cache.keptBlocks
  }

  add(sequence: Sequence): void {
    this.#waiting.add(sequence)
  }

  /** Nothing more is wanted of the sequence: its row is free as soon as the run that is on, if any, is over. */
  drop(id: number): void {
    this.#waiting.remove(id)
    const sequence = this.#running.get(id)
    if (sequence !== undefined) sequence.ended = true
  }

  dropAll(): void {
    for (const id of [...this.#waiting.ids, ...this.#running.keys()]) this.drop(id)
  }

  /** What to run now; undefined when there is nothing to do. To be called when no run is on. */
  next(): Run | undefined {
    this.#releaseEnded()
    this.#preemptLast()
    this.#admitWaiting()
    const prefilling = this.#nextPrompt()
    const chunk = prefilling && this.#chunk(prefilling)
    if (chunk !== undefined) return chunk
    const running = [...this.#running.values()].flatMap(({ beams }) => beams)
    const decoding = running.filter((sequence) => !sequence.isPrefilling && !sequence.sitsOut)
    this.#fullRoom = Math.max(this.#limits.maxBatchedTokens - decoding.length, SMALLEST_ROOM)
    this.#room = this.#fullRoom
    if (decoding.length === 0) return prefilling && this.#chunk(prefilling)
    const several = lanesRun(decoding, this.#limits.lanes ?? 0)
    if (several !== undefined && this.#cache.reserve(this.#running.values(), guessedBlocks(several))) return several
    this.#cache.closeHole(decoding)
    return decodeRun(decoding, running)
  }

  /**
   * Books a run that is over, and the tokens picked from it. Sequences that were dropped meanwhile have no outcome. To be called
   * again with picks for those that are `stillWanting`.
   */
  update(run: Run, picks: readonly Pick[]): readonly Outcome[] {
    if (run.kind === 'prefill') this.#keepChunk(run, picks)
    else if (run.kind === 'decode') for (const sequence of run.sequences) sequence.computed++
    else catchUp(run)
    const outcomes = this.book(picks)
    // A guess counts once the sequence has its token.
    if (run.kind === 'lanes') catchUp(run)
    return outcomes
  }

  /** Books tokens that were picked after their run was booked. */
  book(picks: readonly Pick[]): readonly Outcome[] {
    const current = picks.filter(({ sequence }) => !sequence.ended)
    return current.flatMap((pick) =>
      pick.sequence.search === undefined ? outcome(pick) : this.#advance(pick, pick.sequence.search),
    )
  }

  /** Sequences whose guesses were right: the run has the logits of one token more. */
  stillWanting(run: Run): readonly Sequence[] {
    if (run.kind !== 'lanes') return []
    return run.sequences.filter(({ ended, sitsOut, computed, tokens }) => !ended && !sitsOut && computed === tokens.length)
  }

  /** Sequences of which guesses may be computed in the next run. */
  get answering(): readonly Sequence[] {
    return [...this.#running.values()].filter((sequence) => !sequence.ended && !sequence.sitsOut && sequence.isAnswering)
  }

  /** A step of a beam search, which has no outcome before its last one. */
  #advance(pick: Pick, search: BeamSearch): readonly Outcome[] {
    const { sequence, candidates = [], logprobsOf } = pick
    if (pick.token === undefined) return [outcome(pick)]
    const next = search.advance(candidates, logprobsOf)
    sequence.ended = next.length === 0
    if (sequence.ended) return [{ sequence, token: undefined, finish: 'stop', answers: search.answers() }]
    sequence.beams = branch(sequence, next, this.#cache)
    return []
  }

  #releaseEnded(): void {
    for (const sequence of this.#running.values()) {
      if (!sequence.ended) continue
      this.#running.delete(sequence.id)
      this.#release(sequence)
    }
  }

  #release({ beams }: Sequence): void {
    for (const beam of beams) this.#cache.release(beam)
  }

  /**
   * Until all others fit. What the sequence has is kept, if there is room: later it is copied back rather than computed again. A
   * beam search begins anew, which takes as many runs as computing all its beams again.
   */
  #preemptLast(): void {
    const preempted: Sequence[] = []
    while (!this.#cache.reserve(this.#running.values())) {
      const last = [...this.#running.values()].reduce((a, b) => (byTurn(a, b) > 0 ? a : b))
      this.#running.delete(last.id)
      preempted.push(last)
    }
    for (const sequence of preempted) {
      if (sequence.search === undefined) this.#cache.keep(sequence)
      this.#release(sequence)
      if (sequence.search !== undefined) sequence.beginAnew()
      sequence.sitsOut = false
      this.#waiting.add(sequence)
      this.#preemptions++
    }
  }

  /** As long as there are rows, and memory for each sequence in work to grow by a block: else the new one would soon be preempted. */
  #admitWaiting(): void {
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      const inWork = [...this.#running.values()]
      const rows = inWork.reduce((sum, { width }) => sum + width, 0)
      if (this.freeRows < next.width || !this.#cache.reserve([...inWork, next], rows)) return
      this.#waiting.remove(next.id)
      this.#running.set(next.id, next)
      this.#cache.admit(next)
      this.#watch.admitted(next)
    }
  }

  /**
   * The first sequence whose prompt is not computed. What is kept of its beginning is looked for when its turn has come and not
   * before: prompts that came together with the same beginning find what the first of them left.
   */
  #nextPrompt(): Sequence | undefined {
    for (const sequence of this.#running.values()) {
      if (!sequence.isPrefilling) continue
      if (sequence.computed === 0 && this.#limits.capacity.keptBlocks > 0) this.#restore(sequence)
      if (sequence.isPrefilling) return sequence
    }
    return undefined
  }

  #restore(sequence: Sequence): void {
    this.#cache.restore(sequence)
    if (sequence.foundTokens !== undefined) return
    sequence.foundTokens = Math.min(sequence.computed, sequence.promptLength)
    this.#queries += sequence.promptLength
    this.#hits += sequence.foundTokens
    this.#watch.begun(sequence, sequence.foundTokens)
  }

  /** Not what a sequence has that was given up, or whose logits are not known to be numbers: others would fail of it. */
  #keepChunk({ sequence, to, wanting }: PrefillRun, picks: readonly Pick[]): void {
    sequence.computed = to
    const isSound = picks.length === wanting.length && picks.every(({ token }) => token !== undefined)
    if (!sequence.ended && isSound) this.#cache.keep(sequence)
  }

  /** As much of a prompt as the round has room for. */
  #chunk(sequence: Sequence): PrefillRun | undefined {
    const from = sequence.computed
    const to = this.#chunkEnd(from, sequence.promptLength)
    if (to === undefined) return undefined
    this.#room -= to - from
    return { kind: 'prefill', sequence, from, to, wanting: to === sequence.tokens.length ? [sequence] : [] }
  }

  #chunkEnd(from: number, length: number): number | undefined {
    if (this.#limits.splitPrompts) return chunkEnd(from, length, this.#room)
    return length - from <= this.#room || this.#room === this.#fullRoom ? length : undefined
  }
}

function decodeRun(decoding: readonly Sequence[], running: readonly Sequence[]): DecodeRun {
  const rows = Math.max(...decoding.map((sequence) => sequence.row)) + 1
  const lengths = new Array<number>(rows).fill(1)
  for (const sequence of running) {
    if (sequence.row < rows) lengths[sequence.row] = sequence.computed + 1
  }
  const caughtUp = decoding.filter((sequence) => sequence.computed + 1 === sequence.tokens.length)
  const wanting = caughtUp.filter((sequence) => sequence.isFirst)
  return { kind: 'decode', sequences: decoding, lengths, wanting }
}

function outcome({ sequence, token, logprobs }: Pick): Outcome {
  const { length } = sequence.tokens
  const finish = token === undefined ? 'broken' : sequence.append(token)
  if (finish !== undefined) sequence.ended = true
  return sequence.tokens.length > length ? { sequence, token, logprobs, finish } : { sequence, token: undefined, finish }
}
