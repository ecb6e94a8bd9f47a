import { EngineError } from '../../engine/index.ts'
import type { Channel, Hosted, HostedKind } from '../host/index.ts'
import type { OnnxSession } from '../onnx/index.ts'
import type { RewriteOptions } from '../onnx-file/index.ts'
import { openRewritten } from '../rewritten-session.ts'
import type { EncoderInput, EncoderOutput } from './encoder.ts'
import { type BatchLimits, Line, type Waiting } from './line.ts'
import { Patience } from './patience.ts'
import { EncoderRunner, type RunnerOptions } from './runner.ts'

/** What a host process needs to open an encoder. */
export interface EncoderInit extends RunnerOptions {
  readonly file: string
  /** `int8`: the weights are rewritten to 8 bits. */
  readonly precision: RewriteOptions['precision']
  /** Runs at a time, and the threads of each. */
  readonly lanes: Lanes
  readonly limits: BatchLimits
}

/** How a host's threads are shared by runs. */
export interface Lanes {
  readonly count: number
  readonly threads: number
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
  /** Whether inputs are for one of several tasks. */
  readonly hasTasks: boolean
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
    const { file, precision, answers, lanes } = init
    // Of a language model, the logits of each text's end alone: those of all tokens would be a vocabulary for each.
    const rewrites = { precision, lastLogits: answers !== undefined }
    const session = await openRewritten(file, rewrites, { threads: lanes.threads, arena: false }, channel)
    try {
      channel.progress({ phase: 'warming up', done: 0, total: 1 })
      const runner = new EncoderRunner(session, init)
      const width = await runner.warmUp()
      channel.progress({ phase: 'warming up', done: 1, total: 1 })
      const longest = Math.floor(MOST_ELEMENTS_ALONE / runner.elementsPerToken)
      const tokens = Math.min(init.limits.tokens, Math.floor(MOST_ELEMENTS / runner.elementsPerToken))
      const info = { width, outputs: runner.outputs, hasTasks: runner.hasTasks, longest }
      return new HostedEncoder(session, runner, { lanes: init.lanes, limits: { ...init.limits, tokens } }, info, channel)
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
  readonly #lanes: number
  readonly #runs = new Set<Promise<void>>()
  readonly #patience: Patience
  #timer: NodeJS.Timeout | undefined
  /** Texts of these runs. */
  #atWork = 0
  /** The one of them that has a large input. */
  #large: Promise<void> | undefined
  #isWoken = false
  #batches = 0
  #batchesWhenAsked = -1

  constructor(
    session: OnnxSession,
    runner: EncoderRunner,
    { limits, lanes }: Pick<EncoderInit, 'limits' | 'lanes'>,
    info: EncoderInfo,
    channel: Channel<EncodedEvent>,
  ) {
    this.#session = session
    this.#runner = runner
    this.#line = new Line(limits)
    this.#lanes = lanes.count
    this.#patience = new Patience(lanes.count, limits.rows)
    this.#channel = channel
    this.info = info
  }

  submit(job: number, command: EncodeCommand): void {
    this.#commands.set(job, command)
    this.#line.add(
      job,
      command.inputs.map(({ ids }) => ids.length),
    )
    this.#patience.here(this.#line.size + this.#atWork)
    this.#wake()
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
    return moved || this.#runs.size === 0
  }

  async dispose(): Promise<void> {
    clearTimeout(this.#timer)
    for (const job of this.#commands.keys()) this.#line.drop(job)
    await Promise.all(this.#runs)
    await this.#session.dispose()
  }

  /** Requests that came in the same turn of the event loop come along. */
  #wake(): void {
    if (this.#isWoken) return
    this.#isWoken = true
    setImmediate(() => {
      this.#isWoken = false
      this.#begin()
    })
  }

  /** Whoever is there when a run begins is in it; runs that begin together share those who wait. The first waits for nobody. */
  #begin(): void {
    while (this.#runs.size < this.#lanes) {
      const wait = this.#runs.size === 0 ? 0 : this.#patience.wait(this.#line.size, performance.now())
      if (wait > 0) {
        this.#beginIn(wait)
        return
      }
      const batch = this.#line.next(this.#lanes - this.#runs.size, this.#large === undefined, this.#patience.share)
      if (batch.length === 0) return
      const run: Promise<void> = this.#encode(batch).then(() => {
        this.#runs.delete(run)
        if (this.#large === run) this.#large = undefined
        this.#begin()
      })
      this.#runs.add(run)
      if (batch.some((input) => this.#line.isLarge(input))) this.#large = run
    }
  }

  #beginIn(milliseconds: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#begin()
    }, milliseconds)
  }

  async #encode(batch: readonly Waiting[]): Promise<void> {
    const jobs = [...new Set(batch.map(({ job }) => job))]
    const began = performance.now()
    this.#atWork += batch.length
    this.#channel.started(jobs)
    try {
      const vectors = await this.#runner.run(batch.map(({ job, index }) => this.#commands.get(job)!.inputs[index]!))
      this.#tell(batch, vectors)
    } catch (cause) {
      for (const job of jobs) this.#fail(job, asError(cause))
    }
    this.#batches++
    this.#atWork -= batch.length
    const now = performance.now()
    this.#patience.ended(now - began, now)
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
