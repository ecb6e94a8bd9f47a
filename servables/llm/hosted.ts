import type { Hosted, HostedKind } from '../host/index.ts'
import type { OnnxSession } from '../onnx/index.ts'
import type { ModelInit } from './architecture.ts'
import { blockSize } from './blocks.ts'
import { LlmEngine, type SequenceEvent } from './engine.ts'
import { openRewritten, openRunner } from './open-runner.ts'
import type { Runner } from './runner.ts'
import type { SchedulerStats } from './scheduler.ts'
import type { SequenceCommand } from './sequence.ts'

/** To a running sequence: nobody wants more of it. */
export type SequenceMessage = 'drop'

/** What the serving process learns from the loaded model. */
export interface ModelInfo {
  readonly vocabularySize: number
  /** Tokens of prompt and answer that `cache_size` has room for. */
  readonly cacheTokens: number
}

/** The side of `text_generation` that runs in a host process: one job is one answer. */
export const hosted: HostedKind<ModelInit, SequenceCommand, SequenceEvent, SequenceMessage, ModelInfo, SchedulerStats> = {
  async open(asked, channel) {
    channel.progress({ phase: 'creating the session', done: 0, total: 1 })
    const { session, init } = await openRewritten(asked, channel.log)
    try {
      channel.progress({ phase: 'warming up', done: 0, total: 1 })
      const runner = await openRunner(session, init, channel.log)
      channel.progress({ phase: 'warming up', done: 1, total: 1 })
      return new HostedLlm(session, runner, new LlmEngine(runner, init, channel))
    } catch (error) {
      await session.dispose()
      throw error
    }
  },
}

class HostedLlm implements Hosted<SequenceCommand, SequenceMessage, ModelInfo, SchedulerStats> {
  readonly info: ModelInfo
  readonly #session: OnnxSession
  readonly #runner: Runner
  readonly #engine: LlmEngine
  #runsWhenAsked = -1

  constructor(session: OnnxSession, runner: Runner, engine: LlmEngine) {
    this.info = { vocabularySize: runner.vocabularySize, cacheTokens: runner.capacity.blocks * blockSize }
    this.#session = session
    this.#runner = runner
    this.#engine = engine
  }

  submit(job: number, command: SequenceCommand): void {
    this.#engine.add(job, command)
  }

  send(job: number): void {
    this.#engine.drop(job)
  }

  stats(): SchedulerStats {
    return this.#engine.stats
  }

  /** With sequences in the batch, runs must have come since the last time. */
  responsive(): boolean {
    const moved = this.#engine.runs !== this.#runsWhenAsked
    this.#runsWhenAsked = this.#engine.runs
    return moved || this.#engine.running === 0
  }

  async dispose(): Promise<void> {
    this.#engine.dropAll()
    await this.#engine.idle()
    await this.#session.dispose()
    this.#runner.dispose()
  }
}
