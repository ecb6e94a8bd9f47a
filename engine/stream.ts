import { EngineError } from './errors.ts'
import type { NodeLayout } from './layout.ts'
import type { Packet } from './packet.ts'
import type { StreamPlan } from './plan.ts'
import { formatTimestamp, isAllowedInStream, nextAllowedInStream, Timestamp } from './timestamp.ts'

/** What a stream tells those who read it. */
export interface StreamReader {
  /** A packet has come; the stream's bound is already past it. */
  add(packet: Packet): void
  /** The bound has moved, and no packet with it. DONE: the stream is closed. */
  advanced(): void
}

/**
 * What one node writes and others read: packets in strict order of time, and a bound that only grows. The bound is the
 * smallest time that may still come; a time below it is settled. A packet at T moves it to the next time after T, `advance`
 * moves it further, `close` to DONE. (MediaPipe: `framework/output_stream_manager.h`.)
 */
export class Stream {
  readonly plan: StreamPlan
  readonly readers: StreamReader[] = []
  bound: Timestamp = Timestamp.PRE_STREAM
  /** Time of the last packet; UNSET before the first. */
  last: Timestamp = Timestamp.UNSET
  private readonly producer: NodeLayout | undefined

  /** `producer`: the node that writes it; none for an input of the graph. */
  constructor(plan: StreamPlan, producer: NodeLayout | undefined) {
    this.plan = plan
    this.producer = producer
  }

  get isClosed(): boolean {
    return this.bound === Timestamp.DONE
  }

  /** The time of a packet sent without one: one after the last (first: 0), and never before the bound. */
  get following(): Timestamp {
    const after = this.last === Timestamp.UNSET ? 0 : this.last + 1
    return Math.max(after, this.bound)
  }

  put(packet: Packet): void {
    const time = packet.timestamp
    const only = time === Timestamp.POST_STREAM && this.last !== Timestamp.UNSET
    if (!(time >= this.bound) || only || !isAllowedInStream(time)) throw this.refusal(time)
    this.bound = nextAllowedInStream(time)
    this.last = time
    for (const reader of this.readers) reader.add(packet)
  }

  /** Promises that no packet before `bound` will come. Lowering the bound is an error. */
  advance(bound: Timestamp): void {
    if (!(bound >= this.bound) || !Number.isSafeInteger(bound)) throw this.refusal(bound)
    this.raise(bound)
  }

  /** As `advance`, but a lower bound says nothing new. */
  raise(bound: Timestamp): void {
    if (bound <= this.bound) return
    this.bound = bound
    for (const reader of this.readers) reader.advanced()
  }

  close(): void {
    this.raise(Timestamp.DONE)
  }

  private refusal(time: Timestamp): EngineError {
    const at = formatTimestamp(time)
    const bound = formatTimestamp(this.bound)
    if (this.isClosed) return this.error(`nothing can be sent at ${at}: the stream is closed`)
    if (!isAllowedInStream(time)) return this.error(`timestamp ${at} is not allowed in a stream`)
    if (time === Timestamp.POST_STREAM) return this.error(`a packet at ${at} must be the only one of its stream`)
    return this.error(`timestamp mismatch: the smallest that may come now is ${bound}, but ${at} came`)
  }

  private error(problem: string): EngineError {
    const plan = this.producer?.plan
    const stream = `stream "${this.plan.name}"`
    if (plan === undefined) return new EngineError('internal', `Input ${stream} of the graph: ${problem}`)
    const { file, line, column } = plan.where
    const message = `Output ${stream} of node "${plan.name}" (${plan.calculatorName}, ${file}:${line}): ${problem}`
    return new EngineError('internal', message, {
      node: plan.name,
      calculator: plan.calculatorName,
      where: `${file}:${line}:${column}`,
    })
  }
}
