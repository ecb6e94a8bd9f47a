import { EngineError } from '../../engine/index.ts'
import { applyMask, type Matcher } from '../grammar/index.ts'
import type { FinishReason } from './llm.ts'
import type { Logits, Runner } from './runner.ts'
import { Sampler } from './sampler.ts'
import { type Outcome, type Pick, type Run, Scheduler } from './scheduler.ts'
import { Sequence, type SequenceCommand } from './sequence.ts'

/** A token of an answer and whether it is the last: `[token]`, `[token, 'length']`; `[-1, 'stop']` for an end token. */
export type TokenEvent = readonly [token: number, finish?: FinishReason]

/** Where an engine's answers go. */
export interface Listener {
  /** These sequences leave the queue: work on them begins. */
  started(ids: readonly number[]): void
  /** The tokens of one run. */
  emit(events: readonly (readonly [id: number, event: TokenEvent])[]): void
  fail(id: number, error: EngineError): void
}

/** Decodes many sequences in one batch: admits them as rows become free, and steps while there is anything to do. */
export class LlmEngine {
  readonly #runner: Runner
  readonly #scheduler: Scheduler
  readonly #sampler: Sampler
  readonly #listener: Listener
  /** Of the sequences that have to follow a grammar. */
  readonly #matchers = new Map<number, Matcher>()
  #stepping: Promise<void> | undefined
  #runs = 0

  constructor(runner: Runner, rows: number, maxBatchedTokens: number, listener: Listener) {
    this.#runner = runner
    this.#sampler = new Sampler(runner.vocabularySize)
    this.#listener = listener
    this.#scheduler = new Scheduler(rows, maxBatchedTokens, {
      admitted: (sequence) => listener.started([sequence.id]),
      released: (row, length) => runner.release(row, length),
    })
  }

  /** Runs of the model so far. */
  get runs(): number {
    return this.#runs
  }

  get running(): number {
    return this.#scheduler.running
  }

  get waiting(): number {
    return this.#scheduler.waiting
  }

  /** @param matcher follows the sequence's grammar, if it has one; closed when the sequence is over */
  add(id: number, command: SequenceCommand, matcher?: Matcher): void {
    if (matcher !== undefined) this.#matchers.set(id, matcher)
    this.#scheduler.add(new Sequence(id, command))
    this.#stepping ??= this.#loop()
  }

  /** Its row is free one run later. */
  drop(id: number): void {
    this.#scheduler.drop(id)
    this.#stopFollowing(id)
  }

  dropAll(): void {
    this.#scheduler.dropAll()
    for (const id of [...this.#matchers.keys()]) this.#stopFollowing(id)
  }

  /** Settles when there is nothing left to do. */
  async idle(): Promise<void> {
    await this.#stepping
  }

  async #loop(): Promise<void> {
    for (let run = this.#scheduler.next(); run !== undefined; run = this.#scheduler.next()) {
      const logits = await this.#compute(run)
      const picks = logits === undefined ? [] : await this.#pick(run, logits)
      this.#tell(this.#scheduler.update(run, picks))
    }
    this.#stepping = undefined
  }

  /** A run that ONNX Runtime refuses ends its own sequences only. */
  async #compute(run: Run): Promise<Logits | undefined> {
    this.#runs++
    try {
      return await this.#runner.run(run)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      const error = new EngineError('internal', `The model could not be run: ${reason}`, { cause })
      for (const sequence of run.kind === 'prefill' ? [run.sequence] : run.sequences) this.#fail(sequence, error)
      return undefined
    }
  }

  async #pick(run: Run, logits: Logits): Promise<readonly Pick[]> {
    if (this.#matchers.size > 0) await Promise.all(run.wanting.map((sequence) => this.#settle(sequence)))
    return run.wanting.map((sequence) => {
      const mask = this.#matchers.get(sequence.id)?.masks[0]
      if (mask !== undefined) applyMask(logits(sequence), mask)
      const token = this.#sampler.pick(logits(sequence), sequence.sampling, sequence.tokens.length)
      return { sequence, token }
    })
  }

  #tell(outcomes: readonly Outcome[]): void {
    const broken = outcomes.filter(({ finish }) => finish === 'broken')
    for (const { sequence } of broken) this.#listener.fail(sequence.id, notNumbers(sequence))
    const events = outcomes.flatMap(({ sequence, token = -1, finish }): [number, TokenEvent][] =>
      finish === 'broken' ? [] : [[sequence.id, finish === undefined ? [token] : [token, finish]]],
    )
    if (events.length > 0) this.#listener.emit(events)
    for (const { sequence, token, finish } of outcomes) {
      if (finish !== undefined) this.#stopFollowing(sequence.id)
      else if (token !== undefined) this.#matchers.get(sequence.id)?.accept(token)
    }
  }

  /** What may come next was found out while the model ran; a sequence that lost its grammar ends alone. */
  async #settle(sequence: Sequence): Promise<void> {
    try {
      await this.#matchers.get(sequence.id)?.settled()
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      this.#fail(sequence, cause instanceof EngineError ? cause : new EngineError('internal', reason, { cause }))
    }
  }

  #stopFollowing(id: number): void {
    this.#matchers.get(id)?.close()
    this.#matchers.delete(id)
  }

  #fail(sequence: Sequence, error: EngineError): void {
    if (sequence.ended) return
    sequence.ended = true
    this.#stopFollowing(sequence.id)
    this.#listener.fail(sequence.id, error)
  }
}

function notNumbers(sequence: Sequence): EngineError {
  return new EngineError('internal', `The model gave no usable logits (NaN or infinite) at token ${sequence.tokens.length}.`)
}
