import { EngineError } from '../../engine/index.ts'
import type { Channel, Hosted, HostedKind } from '../host/index.ts'
import type { OnnxSession } from '../onnx/index.ts'
import type { EncoderInput, EncoderOutput } from './encoder.ts'
import { type BatchLimits, Line, type Waiting } from './line.ts'
import { openSession } from './open-session.ts'
import { EncoderRunner, type RunnerOptions } from './runner.ts'

/** What a host process needs to open an encoder. */
export interface EncoderInit extends RunnerOptions {
  readonly file: string
  readonly threads: number
  readonly limits: BatchLimits
}

/** Inputs of one request that are to be encoded, each with its place among all of the request's. */
export interface EncodeCommand {
  readonly inputs: readonly EncoderInput[]
  readonly places: readonly number[]
}

/** Vectors of some of a job's inputs. */
export interface EncodedEvent {
  readonly places: readonly number[]
  readonly vectors: readonly Float32Array[]
}

/** What the serving process learns from the opened model. */
export interface EncoderInfo {
  /** Elements of a text's vector, else of a token's. */
  readonly width: number
  /** What can be wanted of inputs. */
  readonly outputs: readonly EncoderOutput[]
  /** Tokens of one input for which the file's answer is not too large. */
  readonly longest: number
}

/** Elements of a file's output in one run, where the batch can be cut: 128 MB. */
const MOST_ELEMENTS = 2 ** 25
/** Elements of the output for one input: 1 GB. */
const MOST_ELEMENTS_ALONE = 2 ** 28

/** Where the work stands, for metrics. */
export interface EncoderStats {
  readonly waiting: number
  readonly batches: number
}

/** The side of `embeddings` and `rerank` that runs in a host process: one job is one request's inputs. */
export const hosted: HostedKind<EncoderInit, EncodeCommand, EncodedEvent, 'drop', EncoderInfo, EncoderStats> = {
  async open(init, channel) {
    const session = await openSession(init)
    try {
      channel.progress({ phase: 'warming up', done: 0, total: 1 })
      const runner = new EncoderRunner(session, init)
      const width = await runner.warmUp()
      channel.progress({ phase: 'warming up', done: 1, total: 1 })
      const longest = Math.floor(MOST_ELEMENTS_ALONE / runner.elementsPerToken)
      const tokens = Math.min(init.limits.tokens, Math.floor(MOST_ELEMENTS / runner.elementsPerToken))
      const info = { width, outputs: runner.outputs, longest }
      return new HostedEncoder(session, runner, { ...init.limits, tokens }, info, channel)
    } catch (error) {
      await session.dispose()
      throw error
    }
  },
}

class HostedEncoder implements Hosted<EncodeCommand, 'drop', EncoderInfo, EncoderStats> {
  readonly info: EncoderInfo
  readonly #session: OnnxSession
  readonly #runner: EncoderRunner
  readonly #line: Line
  readonly #channel: Channel<EncodedEvent>
  readonly #commands = new Map<number, EncodeCommand>()
  #working: Promise<void> | undefined
  #batches = 0
  #batchesWhenAsked = -1

  constructor(
    session: OnnxSession,
    runner: EncoderRunner,
    limits: BatchLimits,
    info: EncoderInfo,
    channel: Channel<EncodedEvent>,
  ) {
    this.#session = session
    this.#runner = runner
    this.#line = new Line(limits)
    this.#channel = channel
    this.info = info
  }

  submit(job: number, command: EncodeCommand): void {
    this.#commands.set(job, command)
    const lengths = command.inputs.map(({ ids }) => ids.length)
    this.#line.add(job, lengths)
    this.#working ??= this.#work()
  }

  send(job: number): void {
    this.#commands.delete(job)
    this.#line.drop(job)
  }

  stats(): EncoderStats {
    return { waiting: this.#line.size, batches: this.#batches }
  }

  /** With inputs at work, batches must have come since the last time. */
  responsive(): boolean {
    const moved = this.#batches !== this.#batchesWhenAsked
    this.#batchesWhenAsked = this.#batches
    return moved || this.#working === undefined
  }

  async dispose(): Promise<void> {
    for (const job of this.#commands.keys()) this.#line.drop(job)
    await this.#working
    await this.#session.dispose()
  }

  /** Whoever is there when a run begins is in it. */
  async #work(): Promise<void> {
    // Requests that came in the same turn of the event loop come along.
    await new Promise(setImmediate)
    for (let batch = this.#line.next(); batch.length > 0; batch = this.#line.next()) await this.#encode(batch)
    this.#working = undefined
  }

  async #encode(batch: readonly Waiting[]): Promise<void> {
    const jobs = [...new Set(batch.map(({ job }) => job))]
    this.#channel.started(jobs)
    try {
      const vectors = await this.#runner.run(batch.map(({ job, index }) => this.#commands.get(job)!.inputs[index]!))
      this.#tell(batch, vectors)
    } catch (cause) {
      for (const job of jobs) this.#fail(job, asError(cause))
    }
    this.#batches++
  }

  #tell(batch: readonly Waiting[], vectors: readonly Float32Array[]): void {
    const events = new Map<number, { places: number[]; vectors: Float32Array[] }>()
    for (const [row, { job, index }] of batch.entries()) {
      const command = this.#commands.get(job)
      if (!command) continue
      const vector = vectors[row]!
      if (!vector.every(Number.isFinite)) this.#fail(job, noNumbers(this.#session.file))
      const event = events.get(job) ?? { places: [], vectors: [] }
      event.places.push(command.places[index]!)
      event.vectors.push(vector)
      events.set(job, event)
    }
    this.#channel.emit([...events].filter(([job]) => this.#commands.has(job)))
  }

  #fail(job: number, error: EngineError): void {
    if (!this.#commands.has(job)) return
    this.send(job)
    this.#channel.fail(job, error)
  }
}

const noNumbers = (file: string) =>
  new EngineError('internal', `${file} answered with values that are no finite numbers; the other texts are not concerned.`)

const asError = (cause: unknown) =>
  cause instanceof EngineError
    ? cause
    : new EngineError('internal', cause instanceof Error ? cause.message : String(cause), { cause })
