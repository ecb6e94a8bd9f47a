import { availableParallelism } from 'node:os'
import { EngineError } from '../../engine/index.ts'
import { dropFilePages } from './file-pages.ts'
import { NativeCall } from './native-call.ts'
import { allocator, check, environment, type Handle, made, ort } from './runtime.ts'
import { Tensor } from './tensor.ts'
import { type Port, readPorts } from './tensor-info.ts'
import type { TensorSpec } from './types.ts'

export interface SessionOptions {
  /** Intra-op threads; by default `os.availableParallelism()`. */
  readonly threads?: number
  /** Whether idle threads spin: lower latency of this session, less time for all others. Off by default. */
  readonly spinning?: boolean
  /**
   * Whether memory that a run took is kept for the next ones. On by default; without it runs take up to 3 % longer, and a process has
   * its memory back when a large one has ended.
   */
  readonly arena?: boolean
  /** By default 'all'. */
  readonly graphOptimization?: keyof typeof optimizationLevels
  /** ONNX Runtime's session configuration entries. */
  readonly config?: Readonly<Record<string, string>>
}

export interface RunOptions {
  /** Stops the run within milliseconds of an abort; the session can be used again. */
  readonly signal?: AbortSignal
}

/** enum GraphOptimizationLevel. */
const optimizationLevels = { none: 0, basic: 1, extended: 2, all: 99 } as const

/** enum OrtLoggingLevel. What fails in a run is thrown, and a run that is cancelled is no failure: neither needs a log line. */
const FATAL = 4

type Tensors = Readonly<Record<string, Tensor>>

/** The arguments of one native run. Kept for the next run, as making them costs more than filling them. */
interface Frame {
  readonly options: Handle
  /** In the order of `OnnxSession.inputs`. */
  readonly inputs: BigUint64Array
  /** In the order asked for. */
  readonly outputNames: BigUint64Array
  readonly outputs: BigUint64Array
  outputCount: number
  /** Held until the native side is done with them. */
  readonly tensors: Tensor[]
}

/** An ONNX file, loaded: runs are asynchronous, may overlap, and can be cancelled. */
export class OnnxSession {
  readonly file: string
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  readonly #session: Handle
  readonly #ports: readonly Port[]
  readonly #inputNames: BigUint64Array
  readonly #outputPorts: ReadonlyMap<string, Port>
  readonly #idle: Frame[] = []
  readonly #running = new Set<NativeCall>()
  #disposed: Promise<void> | undefined

  private constructor(file: string, session: Handle) {
    const inputPorts = readPorts(session, 'input', file)
    const outputPorts = readPorts(session, 'output', file)
    this.file = file
    this.inputs = inputPorts.map(({ spec }) => spec)
    this.outputs = outputPorts.map(({ spec }) => spec)
    this.#session = session
    this.#ports = [...inputPorts, ...outputPorts]
    this.#inputNames = BigUint64Array.from(inputPorts, ({ name }) => name)
    this.#outputPorts = new Map(outputPorts.map((port) => [port.spec.name, port]))
  }

  /** Loads and optimizes a file, off the event loop. A file that can't be loaded rejects with `bad_model`. */
  static async open(file: string, options: SessionOptions = {}): Promise<OnnxSession> {
    const doing = `loading ${file}`
    const native = makeSessionOptions(options, doing)
    const session = new BigUint64Array(1)
    try {
      await new NativeCall({
        doing,
        code: 'bad_model',
        begin: (done) => ort.CreateSession.async(environment, file, native, session, done),
      }).done
    } finally {
      ort.ReleaseSessionOptions(native)
    }
    dropFilePages(file)
    try {
      return new OnnxSession(file, session[0]!)
    } catch (error) {
      ort.ReleaseSession(session[0]!)
      throw error
    }
  }

  /**
   * Runs into preallocated outputs, by name; they may be inputs as well (past = present), and outputs not named are not kept.
   * A tensor that is missing, unknown, or of another type or shape than the model's rejects before anything runs.
   */
  async run(feeds: Tensors, fetches: Tensors, options: RunOptions = {}): Promise<void> {
    const frame = this.#prepare()
    try {
      this.#feed(frame, feeds)
      for (const name in fetches) this.#fetch(frame, name, fetches[name]!)
      await this.#execute(frame, options.signal)
    } finally {
      this.#finish(frame)
    }
  }

  /** Runs into outputs that ONNX Runtime allocates, for shapes not known beforehand; the caller disposes them. */
  async runAllocating(feeds: Tensors, outputs: readonly string[], options: RunOptions = {}): Promise<Record<string, Tensor>> {
    const frame = this.#prepare()
    try {
      this.#feed(frame, feeds)
      const names = [...new Set(outputs)]
      for (const name of names) this.#fetch(frame, name, undefined)
      await this.#execute(frame, options.signal)
      return this.#adopt(frame, names)
    } finally {
      this.#finish(frame)
    }
  }

  /** Terminates and awaits the runs in flight, which reject with `cancelled`; then frees the model. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#release()
    return this.#disposed
  }

  #prepare(): Frame {
    if (this.#disposed !== undefined) throw new EngineError('internal', `the session of ${this.file} has been disposed`)
    return this.#idle.pop() ?? this.#makeFrame()
  }

  #makeFrame(): Frame {
    const doing = `running ${this.file}`
    const options = made((out) => ort.CreateRunOptions(out), doing)
    check(ort.RunOptionsSetRunLogSeverityLevel(options, FATAL), doing)
    return {
      options,
      inputs: new BigUint64Array(this.inputs.length),
      outputNames: new BigUint64Array(this.outputs.length),
      outputs: new BigUint64Array(this.outputs.length),
      outputCount: 0,
      tensors: [],
    }
  }

  #feed(frame: Frame, feeds: Tensors): void {
    let count = 0
    for (const _ in feeds) count++
    for (let index = 0; index < this.inputs.length; index++) {
      const spec = this.inputs[index]!
      const tensor = feeds[spec.name]
      if (tensor === undefined) throw new EngineError('internal', `the input ${spec.name} of ${this.file} is missing`)
      frame.inputs[index] = this.#hold(frame, 'input', spec, tensor)
    }
    if (count !== this.inputs.length) {
      const known = new Set(this.inputs.map(({ name }) => name))
      const unknown = Object.keys(feeds).filter((name) => !known.has(name))
      throw new EngineError('internal', `${this.file} has no input ${unknown.join(', ')}; it has ${[...known].join(', ')}`)
    }
  }

  /** Asks for an output: into a tensor, or into one that ONNX Runtime is to allocate. */
  #fetch(frame: Frame, name: string, tensor: Tensor | undefined): void {
    const port = this.#outputPorts.get(name)
    if (port === undefined) {
      const known = [...this.#outputPorts.keys()].join(', ')
      throw new EngineError('internal', `${this.file} has no output ${name}; it has ${known}`)
    }
    const index = frame.outputCount
    frame.outputNames[index] = port.name
    frame.outputs[index] = tensor === undefined ? 0n : this.#hold(frame, 'output', port.spec, tensor)
    frame.outputCount++
  }

  #hold(frame: Frame, side: string, spec: TensorSpec, tensor: Tensor): Handle {
    if (!fits(tensor, spec)) {
      const [wanted, got] = [spec, tensor].map(({ type, shape }) => `${type}[${shape.join(',')}]`)
      throw new EngineError('internal', `the ${side} ${spec.name} of ${this.file} is ${wanted}, not ${got}`)
    }
    const value = tensor.acquire()
    frame.tensors.push(tensor)
    return value
  }

  async #execute(frame: Frame, signal: AbortSignal | undefined): Promise<void> {
    if (frame.outputCount === 0) throw new EngineError('internal', `running ${this.file}: no output is asked for`)
    const { options, inputs, outputNames, outputs, outputCount } = frame
    const call = new NativeCall(
      {
        doing: `running ${this.file}`,
        code: 'internal',
        begin: (done) =>
          ort.Run.async(this.#session, options, this.#inputNames, inputs, inputs.length, outputNames, outputCount, outputs, done),
        terminate: () => check(ort.RunOptionsSetTerminate(options), `cancelling a run of ${this.file}`),
      },
      signal,
    )
    this.#running.add(call)
    try {
      await call.done
    } finally {
      this.#running.delete(call)
    }
  }

  #adopt(frame: Frame, names: readonly string[]): Record<string, Tensor> {
    return Object.fromEntries(
      names.map((name, index) => [name, Tensor.adopt(frame.outputs[index]!, `reading the output ${name} of ${this.file}`)]),
    )
  }

  #finish(frame: Frame): void {
    for (const tensor of frame.tensors) tensor.release()
    frame.tensors.length = 0
    frame.outputCount = 0
    if (this.#disposed === undefined) {
      check(ort.RunOptionsUnsetTerminate(frame.options), `running ${this.file}`)
      this.#idle.push(frame)
    } else {
      ort.ReleaseRunOptions(frame.options)
    }
  }

  async #release(): Promise<void> {
    const running = [...this.#running]
    for (const call of running) call.cancel()
    await Promise.allSettled(running.map((call) => call.done))
    for (const frame of this.#idle) ort.ReleaseRunOptions(frame.options)
    for (const { name } of this.#ports) check(ort.AllocatorFree(allocator, name), `unloading ${this.file}`)
    ort.ReleaseSession(this.#session)
  }
}

const makeSessionOptions = (options: SessionOptions, doing: string): Handle => {
  const { threads = availableParallelism(), spinning = false, arena = true, graphOptimization = 'all', config = {} } = options
  const native = made((out) => ort.CreateSessionOptions(out), doing)
  try {
    check(ort.SetIntraOpNumThreads(native, threads), doing)
    if (!arena) check(ort.DisableCpuMemArena(native), doing)
    check(ort.SetSessionGraphOptimizationLevel(native, optimizationLevels[graphOptimization]), doing)
    const entries = { 'session.intra_op.allow_spinning': spinning ? '1' : '0', ...config }
    for (const [key, value] of Object.entries(entries)) check(ort.AddSessionConfigEntry(native, key, value), doing)
    return native
  } catch (error) {
    ort.ReleaseSessionOptions(native)
    throw error
  }
}

/** Whether a tensor can be what the model declares; dimensions that the model names are left to ONNX Runtime's own check. */
const fits = (tensor: Tensor, spec: TensorSpec): boolean => {
  const { shape } = spec
  if (tensor.type !== spec.type || tensor.shape.length !== shape.length) return false
  for (let axis = 0; axis < shape.length; axis++) {
    if (typeof shape[axis] === 'number' && shape[axis] !== tensor.shape[axis]) return false
  }
  return true
}
