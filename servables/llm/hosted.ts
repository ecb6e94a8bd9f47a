import { EngineError } from '../../engine/index.ts'
import { GrammarService, type GrammarSpec, speller } from '../grammar/index.ts'
import type { Channel, Hosted, HostedKind } from '../host/index.ts'
import type { OnnxSession } from '../onnx/index.ts'
import type { ModelInit } from './architecture.ts'
import { blockSize } from './blocks.ts'
import { type EngineStats, LlmEngine, type SequenceEvent } from './engine.ts'
import type { Guesser } from './guesser.ts'
import { openGuesser } from './open-guesser.ts'
import { openRewritten, openRunner } from './open-runner.ts'
import { Outbox } from './outbox.ts'
import type { Runner } from './runner.ts'
import type { SequenceCommand } from './sequence.ts'

/** To a running sequence: nobody wants more of it. */
export type SequenceMessage = 'drop'

/** What the serving process learns from the loaded model. */
export interface ModelInfo {
  readonly vocabularySize: number
  /** Tokens of prompt and answer that `cache_size` has room for. */
  readonly cacheTokens: number
  /** Answers, and beams of them, that are decoded together at most. */
  readonly rows: number
  /** Whether prompts have logprobs. */
  readonly givesAllLogits: boolean
}

/** The side of `text_generation` that runs in a host process: one job is one answer. */
export const hosted: HostedKind<ModelInit, SequenceCommand, SequenceEvent, SequenceMessage, ModelInfo, EngineStats> = {
  async open(asked, channel) {
    const { session, init } = await openRewritten(asked, channel)
    try {
      channel.progress({ phase: 'warming up', done: 0, total: 1 })
      const runner = await openRunner(session, init, channel.log)
      const guesser = await openGuesser(runner, init, channel)
      channel.progress({ phase: 'warming up', done: 1, total: 1 })
      const engine = new LlmEngine(runner, init, new Outbox(channel, init.streamInterval), guesser)
      const grammars = asked.vocabulary && new GrammarService(asked.vocabulary)
      const textOf = asked.vocabulary && speller(asked.vocabulary)
      return new HostedLlm(session, runner, engine, guesser, grammars, textOf, channel, init.rows)
    } catch (error) {
      await session.dispose()
      throw error
    }
  },
}

class HostedLlm implements Hosted<SequenceCommand, SequenceMessage, ModelInfo, EngineStats> {
  readonly info: ModelInfo
  readonly #session: OnnxSession
  readonly #runner: Runner
  readonly #engine: LlmEngine
  readonly #guesser: Guesser | undefined
  readonly #grammars: GrammarService | undefined
  readonly #textOf: ((token: number) => string) | undefined
  readonly #channel: Channel<SequenceEvent>
  /** Jobs whose grammar is being compiled. */
  readonly #compiling = new Set<number>()
  #runsWhenAsked = -1

  constructor(
    session: OnnxSession,
    runner: Runner,
    engine: LlmEngine,
    guesser: Guesser | undefined,
    grammars: GrammarService | undefined,
    textOf: ((token: number) => string) | undefined,
    channel: Channel<SequenceEvent>,
    rows: number,
  ) {
    const { vocabularySize, givesAllLogits, capacity } = runner
    this.info = { vocabularySize, givesAllLogits, cacheTokens: capacity.blocks * blockSize, rows }
    this.#session = session
    this.#runner = runner
    this.#engine = engine
    this.#guesser = guesser
    this.#grammars = grammars
    this.#textOf = textOf
    this.#channel = channel
  }

  submit(job: number, asked: SequenceCommand): void {
    const command = withSpelling(asked, this.#textOf)
    if (command.grammar === undefined) this.#engine.add(job, command)
    else this.#follow(job, command, command.grammar)
  }

  send(job: number): void {
    this.#compiling.delete(job)
    this.#engine.drop(job)
  }

  /** An answer whose grammar is being compiled waits, too. */
  stats(): EngineStats {
    const { stats } = this.#engine
    return { ...stats, waiting: stats.waiting + this.#compiling.size }
  }

  /** With sequences in the batch, runs must have come since the last time, unless they wait for a grammar. */
  responsive(): boolean {
    const moved = this.#engine.runs !== this.#runsWhenAsked
    this.#runsWhenAsked = this.#engine.runs
    return moved || this.#engine.isSettling || this.#engine.running === 0
  }

  async dispose(): Promise<void> {
    this.#compiling.clear()
    this.#engine.dropAll()
    await this.#engine.idle()
    await this.#grammars?.dispose()
    await this.#guesser?.dispose()
    await this.#session.dispose()
    this.#runner.dispose()
  }

  /** A sequence joins the others once its grammar is there; a bad grammar fails its job before that. */
  async #follow(job: number, command: SequenceCommand, grammar: GrammarSpec): Promise<void> {
    this.#compiling.add(job)
    try {
      if (this.#grammars === undefined) throw unknownVocabulary()
      const matcher = await this.#grammars.open(grammar, command.emitted)
      if (this.#compiling.delete(job)) this.#engine.add(job, command, matcher)
      else matcher.close()
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      const error = named(cause, command.grammarField) ?? new EngineError('internal', reason, { cause })
      this.#compiling.delete(job)
      this.#channel.fail(job, error)
    }
  }
}

/** A refusal of a grammar names the field that it comes from. */
const named = (cause: unknown, param = 'response_format'): EngineError | undefined => {
  if (!(cause instanceof EngineError)) return undefined
  return cause.code === 'internal' || cause.param !== undefined
    ? cause
    : new EngineError(cause.code, cause.message, { param, cause })
}

function unknownVocabulary(): EngineError {
  const message = "Answers of this model cannot be held to a grammar: its tokenizer's tokens have no bytes of their own."
  return new EngineError('unsupported_parameter', message)
}

/** The same; what ends reasoning is then looked for in the text, whose tokens may be others. */
function withSpelling(command: SequenceCommand, textOf: ((token: number) => string) | undefined): SequenceCommand {
  const { thinking } = command.adjustments ?? {}
  return thinking ? { ...command, adjustments: { ...command.adjustments, thinking: { ...thinking, textOf } } } : command
}
