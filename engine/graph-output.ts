import { EngineError } from './errors.ts'
import { Fifo } from './fifo.ts'
import type { Packet } from './packet.ts'
import type { Stream, StreamReader } from './stream.ts'
import type { BoundedQueue, Throttle } from './throttle.ts'

/** What an output of the graph needs of its run. */
export interface OutputHost {
  readonly throttle: Throttle
  readonly maxQueueSize: number
  fail(error: EngineError): void
  cancel(reason: EngineError): void
  /** Someone waits for a packet, or has taken one. */
  stir(): void
  outputClosed(): void
}

/** An output of the graph in one run: hands packets to its readers and observers, and drops them when it has none. */
export class GraphOutput implements StreamReader {
  private readonly readers: OutputReader[] = []
  private readonly observers: ((packet: Packet) => void)[] = []
  private readonly port: string
  private readonly stream: Stream
  private readonly host: OutputHost
  private dropped = 0
  private failure: EngineError | undefined

  constructor(port: string, stream: Stream, host: OutputHost) {
    this.port = port
    this.stream = stream
    this.host = host
    stream.readers.push(this)
  }

  get isAwaited(): boolean {
    return this.readers.some((reader) => reader.isAwaited)
  }

  add(packet: Packet): void {
    if (this.readers.length === 0 && this.observers.length === 0) this.dropped += 1
    for (const reader of this.readers) reader.add(packet)
    for (const observer of this.observers) this.show(packet, observer)
  }

  advanced(): void {
    if (!this.stream.isClosed) return
    for (const reader of this.readers) reader.end(undefined)
    this.host.outputClosed()
  }

  /** The run is over; readers get what is queued, then the error if there is one. */
  end(failure: EngineError | undefined): void {
    this.failure = failure
    for (const reader of this.readers) reader.end(failure)
  }

  read(): OutputReader {
    this.refuseIfLate('read')
    const reader = new OutputReader(this.port, this.stream.plan.id, this.host)
    if (this.stream.isClosed || this.failure) reader.end(this.failure)
    else this.readers.push(reader)
    return reader
  }

  observe(observer: (packet: Packet) => void): void {
    this.refuseIfLate('observe')
    this.observers.push(observer)
  }

  private show(packet: Packet, observer: (packet: Packet) => void): void {
    try {
      observer(packet)
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown)
      const details = { cause: thrown }
      this.host.fail(
        thrown instanceof EngineError
          ? thrown
          : new EngineError('internal', `Observer of ${this.port} failed: ${message}`, details),
      )
    }
  }

  private refuseIfLate(verb: string): void {
    if (this.dropped === 0) return
    throw new EngineError(
      'internal',
      `Output ${this.port} has already sent ${this.dropped} packets that nobody read; ${verb} it before the first await after start.`,
    )
  }
}

/** One reader of an output. Its queue counts for back-pressure; leaving the loop cancels the run. */
export class OutputReader implements AsyncIterableIterator<Packet>, BoundedQueue {
  readonly stream: number
  readonly owner: string
  limit: number
  isFull = false
  readonly isOutside = true
  readonly node = ''
  private readonly packets = new Fifo<Packet>()
  private readonly waiting = new Fifo<{ resolve(result: IteratorResult<Packet>): void; reject(error: EngineError): void }>()
  private hasEnded = false
  private failure: EngineError | undefined
  private readonly host: OutputHost

  constructor(port: string, stream: number, host: OutputHost) {
    this.owner = `the reader of ${port}`
    this.stream = stream
    this.limit = host.maxQueueSize
    this.host = host
  }

  get length(): number {
    return this.packets.length
  }

  get isAwaited(): boolean {
    return this.waiting.length > 0
  }

  add(packet: Packet): void {
    if (this.hasEnded) return
    const first = this.waiting.shift()
    if (first) {
      first.resolve({ done: false, value: packet })
      return
    }
    this.packets.push(packet)
    this.host.throttle.update(this)
  }

  end(failure: EngineError | undefined): void {
    if (this.hasEnded) return
    this.hasEnded = true
    this.failure = failure
    for (let first = this.waiting.shift(); first; first = this.waiting.shift()) {
      if (failure) first.reject(failure)
      else first.resolve({ done: true, value: undefined })
    }
  }

  next(): Promise<IteratorResult<Packet>> {
    const packet = this.packets.shift()
    if (packet) {
      this.host.throttle.update(this)
      this.host.stir()
      return Promise.resolve({ done: false, value: packet })
    }
    if (this.failure) return Promise.reject(this.failure)
    if (this.hasEnded) return Promise.resolve({ done: true, value: undefined })
    this.host.stir()
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }))
  }

  return(): Promise<IteratorResult<Packet>> {
    if (!this.hasEnded) this.host.cancel(new EngineError('cancelled', `${this.owner} has left.`))
    this.packets.clear()
    this.end(undefined)
    this.failure = undefined
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
