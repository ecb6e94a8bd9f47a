import { EngineError } from '../../engine/index.ts'
import { blocksFor } from './blocks.ts'
import type { FinishReason } from './llm.ts'
import type { Logits, Runner } from './runner.ts'
import { Sampler } from './sampler.ts'
import { type Outcome, type Pick, type Run, Scheduler, type SchedulerLimits, type SchedulerStats } from './scheduler.ts'
import { Sequence, type SequenceCommand } from './sequence.ts'

/** A token of an answer and whether it is the last: `[token]`, `[token, 'length']`; `[-1, 'stop']` for an end token. */
export type TokenEvent = readonly [token: number, finish?: FinishReason]

/** Before an answer's first token, if any: how many tokens of its prompt did not have to be computed. */
export interface FoundEvent {
  readonly foundTokens: number
}

export type SequenceEvent = TokenEvent | FoundEvent

/** Where an engine's answers go. */
export interface Listener {
  /** These sequences leave the queue: work on them begins. */
  started(ids: readonly number[]): void
  /** The tokens of one run. */
  emit(events: readonly (readonly [id: number, event: SequenceEvent])[]): void
  fail(id: number, error: EngineError): void
}

/** Decodes many sequences in one batch: admits them as rows become free, and steps while there is anything to do. */
export class LlmEngine {
  readonly #runner: Runner
  readonly #scheduler: Scheduler
  readonly #sampler: Sampler
  readonly #listener: Listener
  /** That the cache has. */
  readonly #blocks: number
  #stepping: Promise<void> | undefined
  #runs = 0

  constructor(runner: Runner, limits: Omit<SchedulerLimits, 'capacity'>, listener: Listener) {
    this.#runner = runner
    this.#sampler = new Sampler(runner.vocabularySize)
    this.#listener = listener
    this.#blocks = runner.capacity.blocks
    this.#scheduler = new Scheduler({ ...limits, capacity: runner.capacity }, runner.memory, {
      admitted: ({ id }) => listener.started([id]),
      begun: ({ id }, foundTokens) => {
        if (foundTokens > 0) listener.emit([[id, { foundTokens }]])
      },
    })
  }

  /** Runs of the model so far. */
  get runs(): number {
    return this.#runs
  }

  get stats(): SchedulerStats {
    return this.#scheduler.stats
  }

  get running(): number {
    return this.#scheduler.running
  }

  get waiting(): number {
    return this.#scheduler.waiting
  }

  /** @throws EngineError `context_length_exceeded` when the sequence could outgrow the cache even if it were alone */
  add(id: number, command: SequenceCommand): void {
    const blocks = blocksFor(command.maxLength)
    if (blocks > this.#blocks) {
      const message = `${command.maxLength} tokens take ${blocks} blocks of the cache, which has ${this.#blocks}. Raise cache_size.`
      throw new EngineError('context_length_exceeded', message)
    }
    this.#scheduler.add(new Sequence(id, command))
    this.#stepping ??= this.#loop()
  }

  /** Its row is free one run later. */
  drop(id: number): void {
    this.#scheduler.drop(id)
  }

  dropAll(): void {
    this.#scheduler.dropAll()
  }

  /** Settles when there is nothing left to do. */
  async idle(): Promise<void> {
    await this.#stepping
  }

  async #loop(): Promise<void> {
    for (let run = this.#scheduler.next(); run !== undefined; run = this.#scheduler.next()) {
      const logits = await this.#compute(run)
      const picks = logits === undefined ? [] : this.#pick(run, logits)
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

  #pick(run: Run, logits: Logits): readonly Pick[] {
    return run.wanting.map((sequence) => {
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
  }

  #fail(sequence: Sequence, error: EngineError): void {
    if (sequence.ended) return
    sequence.ended = true
    this.#listener.fail(sequence.id, error)
  }
}

function notNumbers(sequence: Sequence): EngineError {
  return new EngineError('internal', `The model gave no usable logits (NaN or infinite) at token ${sequence.tokens.length}.`)
}
