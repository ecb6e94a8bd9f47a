import { EngineError } from '../../engine/index.ts'
import { libc } from './native.ts'
import { check, type Status } from './runtime.ts'
import { Slots } from './slots.ts'

export interface Work {
  /** Begins the messages of its errors: "running /models/x/model.onnx". */
  readonly doing: string
  /** The code of its errors. */
  readonly code: 'bad_model' | 'internal'
  /** Makes the asynchronous call. */
  begin(done: (error: unknown, status: Status) => void): void
  /** Asks the native side to stop soon. */
  terminate?(): void
}

/** One thread of libuv's pool at least stays free of native calls, for files and host names. */
const slots = new Slots(Math.max(1, (Number(process.env.UV_THREADPOOL_SIZE) || 4) - 1))

const inFlight = new Set<NativeCall>()

/** A call on one of libuv's threads, made as soon as there is room there. An abort of the signal cancels it. */
export class NativeCall {
  /** Settles when the native side no longer touches anything. */
  readonly done: Promise<void>
  readonly #work: Work
  readonly #signal: AbortSignal | undefined
  readonly #leaveQueue: () => boolean
  #resolve!: () => void
  #reject!: (error: unknown) => void
  #cancelled = false

  constructor(work: Work, signal?: AbortSignal) {
    this.#work = work
    this.#signal = signal
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (signal?.aborted) {
      this.#leaveQueue = () => true
      this.cancel()
    } else {
      signal?.addEventListener('abort', this.cancel, { once: true })
      this.#leaveQueue = slots.enter(() => this.#begin())
    }
  }

  /** Gives up the place in the queue, or terminates the call; `done` then rejects with `cancelled`. */
  readonly cancel = (): void => {
    this.#cancelled = true
    if (this.#leaveQueue()) this.#settle(new Error('cancelled before it began'), null)
    else this.#work.terminate?.()
  }

  #begin(): void {
    inFlight.add(this)
    try {
      this.#work.begin((error, status) => this.#end(error, status))
    } catch (error) {
      this.#end(error, null)
    }
  }

  #end(error: unknown, status: Status): void {
    inFlight.delete(this)
    slots.leave()
    this.#settle(error, status)
  }

  #settle(error: unknown, status: Status): void {
    this.#signal?.removeEventListener('abort', this.cancel)
    try {
      if (error) throw error
      check(status, this.#work.doing, this.#work.code)
      this.#resolve()
    } catch (failure) {
      this.#reject(this.#cancelled ? this.#cancellation(failure) : failure)
    }
  }

  #cancellation(cause: unknown): EngineError {
    return new EngineError('cancelled', `${this.#work.doing}: cancelled`, { cause: this.#signal?.reason ?? cause })
  }
}

/**
 * A process that ends tears down the library's state, under a native call a segmentation fault. Nothing can be awaited any more
 * by then, so with calls in flight the process ends at once, tearing down nothing.
 */
const endAtOnce = (exitCode: number): void => {
  if (inFlight.size === 0) return
  libc.func('_exit', 'void', ['int'])(exitCode)
}
process.once('exit', endAtOnce)
