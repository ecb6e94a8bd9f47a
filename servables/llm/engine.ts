import { setImmediate } from 'node:timers/promises'
import { EngineError } from '../../engine/index.ts'
import { type Distribution, distributionOver, observe } from '../distribution.ts'
import { applyMask, type Matcher } from '../grammar/index.ts'
import { adjustLogits } from './adjustments.ts'
import { beamCandidates } from './beam-candidates.ts'
import type { FoundAnswer } from './beam-search.ts'
import { blocksFor } from './blocks.ts'
import type { Guesser, GuessStats } from './guesser.ts'
import { LateMasks } from './late-masks.ts'
import type { FinishReason } from './llm.ts'
import { type PackedLogprobs, packLogprobs } from './logprobs.ts'
import type { Logits, Runner } from './runner.ts'
import { Sampler } from './sampler.ts'
import {
  type Outcome,
  type Pick,
  type PrefillRun,
  type Run,
  Scheduler,
  type SchedulerLimits,
  type SchedulerStats,
} from './scheduler.ts'
import { likeliest } from './select.ts'
import { noToken, Sequence, type SequenceCommand } from './sequence.ts'

/**
 * A token of an answer and whether it is the last: `[token]`, `[token, 'length']`; `[-1, 'stop']` for an end token. Behind them
 * what was asked of logprobs: the token's own, and on the first event those of the prompt's tokens but the first.
 */
export type TokenEvent = readonly [
  token: number,
  finish?: FinishReason | undefined,
  logprobs?: PackedLogprobs | undefined,
  prompt?: readonly PackedLogprobs[] | undefined,
]

/** Before an answer's first token, if any: how many tokens of its prompt did not have to be computed. */
export interface FoundEvent {
  readonly foundTokens: number
}

/** The answers of a beam search, the best first; all tokens of each. */
export interface AnswersEvent {
  readonly answers: readonly (readonly TokenEvent[])[]
}

export type SequenceEvent = TokenEvent | FoundEvent | AnswersEvent

/** Where an engine stands, and what it has counted since its beginning, as vLLM's metrics count. */
export interface EngineStats extends SchedulerStats, GuessStats {
  /** Tokens computed in each run of the model. */
  readonly iterationTokens: Distribution
  /** Sequences that ended because their logits were no numbers. */
  readonly corrupted: number
}

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
  /** What penalties count with: zeros between two tokens. */
  readonly #counts: Int32Array
  readonly #listener: Listener
  readonly #guesser: Guesser | undefined
  /** That the cache has. */
  readonly #blocks: number
  /** Of the sequences that have to follow a grammar. */
  readonly #matchers = new Map<number, Matcher>()
  readonly #late = new LateMasks()
  #stepping: Promise<void> | undefined
  #runs = 0
  readonly #iterationTokens = distributionOver([1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384])
  #corrupted = 0
  #isSettling = false

  /** @param guesser absent: nothing is guessed ahead */
  constructor(runner: Runner, limits: Omit<SchedulerLimits, 'capacity' | 'lanes'>, listener: Listener, guesser?: Guesser) {
    this.#runner = runner
    this.#guesser = guesser
    this.#sampler = new Sampler(runner.vocabularySize)
    this.#counts = new Int32Array(runner.vocabularySize)
    this.#listener = listener
    this.#blocks = runner.capacity.blocks
    this.#scheduler = new Scheduler({ ...limits, capacity: runner.capacity, lanes: runner.lanes }, runner.memory, {
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

  /** Whether grammars, whose threads have a watch of their own, are waited for. */
  get isSettling(): boolean {
    return this.#isSettling
  }

  get stats(): EngineStats {
    const guesses = this.#guesser?.stats ?? noGuesses
    return { ...this.#scheduler.stats, ...guesses, iterationTokens: this.#iterationTokens, corrupted: this.#corrupted }
  }

  get running(): number {
    return this.#scheduler.running
  }

  get waiting(): number {
    return this.#scheduler.waiting
  }

  /**
   * @param matcher follows the sequence's grammar, if it has one; closed when the sequence is over, or does not begin
   * @throws EngineError `context_length_exceeded` when the sequence could outgrow the cache even if it were alone
   */
  add(id: number, command: SequenceCommand, matcher?: Matcher): void {
    const beams = command.beamSearch?.beams ?? 1
    const blocks = blocksFor(command.maxLength) * beams
    if (blocks > this.#blocks) {
      matcher?.close()
      const message = `${command.maxLength} tokens${beams > 1 ? ` of ${beams} beams` : ''} take ${blocks} blocks of the cache, which has ${this.#blocks}. Raise cache_size.`
      throw new EngineError('context_length_exceeded', message)
    }
    if (matcher !== undefined) this.#matchers.set(id, matcher)
    this.#scheduler.add(new Sequence(id, command))
    this.#late.wake()
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
    for (let run = this.#scheduler.next(); run !== undefined || this.#late.size > 0; run = this.#scheduler.next()) {
      if (run === undefined) await this.#settling(this.#late.next())
      else this.#tell(await this.#run(run))
      this.#tell(this.#scheduler.book(this.#late.take().map(([sequence, logits]) => this.#next(sequence, logits, 0))))
      await this.#guesser?.guess(this.#scheduler.answering)
    }
    this.#stepping = undefined
  }

  async #run(run: Run): Promise<readonly Outcome[]> {
    const logits = await this.#compute(run)
    if (logits !== undefined && run.kind === 'prefill') await this.#readPrompt(run, logits)
    return logits === undefined ? this.#scheduler.update(run, []) : this.#pick(run, logits)
  }

  /** A run that ONNX Runtime refuses ends its own sequences only. */
  async #compute(run: Run): Promise<Logits | undefined> {
    this.#runs++
    observe(this.#iterationTokens, tokensOf(run))
    if (run.kind === 'lanes') this.#askAhead(run.sequences)
    try {
      return await this.#runner.run(run)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      const error = new EngineError('internal', `The model could not be run: ${reason}`, { cause })
      for (const sequence of run.kind === 'prefill' ? [run.sequence] : run.sequences) this.#fail(sequence, error)
      return undefined
    }
  }

  /** Keeps the logprobs of a prompt's tokens, where they are asked for. Each is work for a millisecond, so messages get their turn. */
  async #readPrompt({ sequence, from, to }: PrefillRun, logits: Logits): Promise<void> {
    const { promptTable, promptLogprobs, promptLength, tokens } = sequence
    if (promptLogprobs === undefined) return
    for (let position = from; position < Math.min(to, promptLength - 1) && !sequence.ended; position++) {
      const packed = packLogprobs(logits(sequence, position), tokens[position + 1]!, promptLogprobs)
      promptTable[position] = packed
      if (Number.isNaN(packed[1])) {
        this.#corrupted++
        this.#fail(sequence, notNumbers(position + 1))
      }
      if (position % 16 === 15) await setImmediate()
    }
  }

  /** What grammars allow behind guesses is found out while the model computes them. */
  #askAhead(sequences: readonly Sequence[]): void {
    for (const { id, guesses } of sequences) if (guesses.length > 0) this.#matchers.get(id)?.guess(guesses)
  }

  /** A token for each sequence that wants one, and as many more as it had guessed right. */
  async #pick(run: Run, logits: Logits): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = []
    let wanting = await this.#withMasks(run.wanting, logits)
    for (let guess = 0; guess === 0 || wanting.length > 0; guess++) {
      const picks = wanting.map((sequence) =>
        sequence.search === undefined
          ? this.#next(sequence, logits(sequence), guess, logits.maxima?.(sequence))
          : beamCandidates(sequence, logits, this.#counts),
      )
      outcomes.push(...this.#scheduler.update(run, picks))
      wanting = this.#scheduler.stillWanting(run)
    }
    this.#guesser?.learn(run)
    return outcomes
  }

  /** Those that need not wait for a mask. The others sit out until theirs comes; what they had guessed is given up. */
  async #withMasks(wanting: readonly Sequence[], logits: Logits): Promise<readonly Sequence[]> {
    const followed = wanting.filter(({ id }) => this.#matchers.has(id))
    if (followed.length === 0) return wanting
    const masks = new Map(followed.map((sequence) => [sequence, this.#settle(sequence)]))
    const late = await this.#settling(this.#late.after(masks))
    for (const sequence of late) this.#late.hold(sequence, logits(sequence), masks.get(sequence)!)
    return wanting.filter((sequence) => !late.has(sequence))
  }

  /**
   * A sequence's next token, and its logprobs if they are asked for: the model's, so they are read off unchanged logits.
   *
   * @param guess how many tokens before it were picked of the same run
   * @param maxima of stretches of the logits, if they are known
   */
  #next(sequence: Sequence, logits: Float32Array, guess: number, maxima?: Float32Array): Pick {
    const { adjustments, sampling, logprobs, logprobTokens } = sequence
    const mask = this.#matchers.get(sequence.id)?.masks[guess]
    const isChanged = adjustments !== undefined || mask !== undefined
    // What a request changes may cover a NaN.
    if (isChanged && likeliest(logits, maxima) === undefined) return { sequence, token: undefined }
    const own = isChanged && logprobs !== undefined ? logits.slice() : logits
    if (adjustments !== undefined) adjustLogits(logits, adjustments, sequence, this.#counts)
    if (mask !== undefined) applyMask(logits, mask)
    const token = this.#sampler.pick(logits, sampling, sequence.tokens.length, isChanged ? undefined : maxima)
    if (token === undefined && isChanged && isEmpty(logits)) return { sequence, token: noToken }
    if (token === undefined || logprobs === undefined) return { sequence, token }
    return { sequence, token, logprobs: packLogprobs(own, token, logprobs, logprobTokens) }
  }

  #tell(outcomes: readonly Outcome[]): void {
    const broken = outcomes.filter(({ finish }) => finish === 'broken')
    for (const { sequence } of broken) this.#listener.fail(sequence.id, notNumbers(sequence.tokens.length))
    this.#corrupted += broken.length
    const events = outcomes.flatMap((outcome): [number, SequenceEvent][] => {
      const { sequence, token = -1, finish, logprobs, answers } = outcome
      if (finish === 'broken') return []
      const prompt = sequence.takePromptTable()
      if (answers !== undefined) return [[sequence.id, { answers: answers.map((answer) => eventsOf(answer, prompt)) }]]
      if (logprobs !== undefined || prompt !== undefined) return [[sequence.id, [token, finish, logprobs, prompt]]]
      return [[sequence.id, finish === undefined ? [token] : [token, finish]]]
    })
    if (events.length > 0) this.#listener.emit(events)
    for (const { sequence, token, finish } of outcomes) {
      if (finish !== undefined) this.#stopFollowing(sequence.id)
      else if (token !== undefined) this.#matchers.get(sequence.id)?.accept(token)
    }
  }

  async #settling<T>(masks: Promise<T>): Promise<T> {
    this.#isSettling = true
    const settled = await masks
    this.#isSettling = false
    return settled
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

const tokensOf = (run: Run): number => {
  if (run.kind === 'prefill') return run.to - run.from
  return run.kind === 'lanes' ? run.lanes.length : run.sequences.length
}

/** An answer's tokens, and an end if the last of them is none. */
function eventsOf({ tokens, logprobs, finish }: FoundAnswer, prompt: TokenEvent[3]): readonly TokenEvent[] {
  const isTold = (place: number) => (place === 0 ? prompt : undefined)
  if (tokens.length === 0) return [[-1, finish, undefined, prompt]]
  return tokens.map((token, place) => [token, place === tokens.length - 1 ? finish : undefined, logprobs[place], isTold(place)])
}

const noGuesses: GuessStats = { drafts: 0, draftTokens: 0, acceptedTokens: 0 }

/** Whether a request's masks leave no token. */
function isEmpty(logits: Float32Array): boolean {
  return logits.every((logit) => logit === Number.NEGATIVE_INFINITY)
}

/** @param length of the text whose next token the logits are of */
function notNumbers(length: number): EngineError {
  return new EngineError('internal', `The model gave no usable logits (NaN or infinite) at token ${length}.`)
}
