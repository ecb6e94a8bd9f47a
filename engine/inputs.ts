import type { Input } from './calculator.ts'
import { EngineError } from './errors.ts'
import { Fifo } from './fifo.ts'
import type { NodeLayout } from './layout.ts'
import type { NodeRun } from './node.ts'
import type { Packet } from './packet.ts'
import type { Stream, StreamReader } from './stream.ts'
import type { BoundedQueue, Throttle } from './throttle.ts'
import { isRangeValue, Timestamp } from './timestamp.ts'

/** The packets that wait before one input of a node. */
export class InputQueue implements StreamReader, BoundedQueue {
  readonly packets = new Fifo<Packet>()
  readonly source: Stream
  limit: number
  isFull = false
  readonly isOutside = false
  /** Of a `latest` input: the newest packet so far taken. */
  held: Packet | undefined
  private readonly reader: NodeRun
  private readonly throttle: Throttle

  constructor(source: Stream, reader: NodeRun, limit: number, throttle: Throttle) {
    this.source = source
    this.reader = reader
    this.limit = limit
    this.throttle = throttle
  }

  get stream(): number {
    return this.source.plan.id
  }

  get length(): number {
    return this.packets.length
  }

  get node(): string {
    return this.reader.layout.plan.name
  }

  get owner(): string {
    return `node "${this.node}"`
  }

  /** The earliest time at which it has, or may still get, a packet. */
  get next(): Timestamp {
    return this.packets.peek()?.timestamp ?? this.source.bound
  }

  add(packet: Packet): void {
    if (this.reader.isClosing) return
    this.packets.push(packet)
    if (this.limit >= 0 && this.packets.length >= this.limit) this.throttle.update(this)
    this.reader.wake()
  }

  advanced(): void {
    this.reader.wake()
  }

  take(): Packet | undefined {
    const packet = this.packets.shift()
    if (this.isFull) this.throttle.update(this)
    return packet
  }

  /** Of a `latest` input: keeps the newest packet at or before `time`, and forgets those before it. */
  hold(time: Timestamp): void {
    for (let first = this.packets.peek(); first && first.timestamp <= time; first = this.packets.peek()) this.held = this.take()
  }

  clear(): void {
    this.packets.clear()
    this.held = undefined
    if (this.isFull) this.throttle.update(this)
  }
}

export type Readiness = 'fire' | 'wait' | 'close'

/** When a node may fire, and with which packets. (MediaPipe: `framework/input_stream_handler.h`.) */
export class NodeInputs {
  readonly queues: readonly InputQueue[]
  /** After `look` said `fire`: the firing time. */
  time: Timestamp = Timestamp.UNSET
  /** After `look`: no later firing can be earlier. */
  next: Timestamp = Timestamp.PRE_STREAM
  private set = -1
  private readonly layout: NodeLayout
  /** Of each set, the last time processed; kept only for nodes that are told of bounds. */
  private readonly processed: Timestamp[]

  constructor(layout: NodeLayout, queues: readonly InputQueue[]) {
    this.layout = layout
    this.queues = queues
    this.processed = layout.processTimestampBounds ? layout.sets.map(() => Timestamp.PRE_STREAM) : []
  }

  /**
   * A set is ready at its earliest packet once no stream of the set can bring an earlier one: the lowest bound of its empty
   * streams is past that packet. The ready set with the earliest time fires. All streams done: the node may close.
   */
  look(): Readiness {
    const { sets, processTimestampBounds } = this.layout
    this.next = Timestamp.DONE
    this.time = Timestamp.DONE
    for (let set = 0; set < sets.length; set++) {
      let packet: Timestamp = Timestamp.DONE
      let bound: Timestamp = Timestamp.DONE
      for (const index of sets[set]!) {
        const queue = this.queues[index]!
        const first = queue.packets.peek()
        if (first === undefined) {
          if (queue.source.bound < bound) bound = queue.source.bound
        } else if (first.timestamp < packet) packet = first.timestamp
      }
      const earliest = packet < bound ? packet : bound
      if (earliest < this.next) this.next = earliest
      if (packet < bound) this.propose(set, packet)
      else if (processTimestampBounds && this.isNews(set, this.settled(bound))) this.propose(set, this.settled(bound))
    }
    if (this.next === Timestamp.DONE) return 'close'
    return this.time < Timestamp.DONE && this.isSettled(this.time) ? 'fire' : 'wait'
  }

  /** The packets of the firing, by tag; they leave their queues. */
  take(): Record<string, Input<unknown> | Input<unknown>[]> {
    if (this.layout.processTimestampBounds) this.processed[this.set] = this.time
    const inputs: Record<string, Input<unknown> | Input<unknown>[]> = {}
    for (const { tag, many, at } of this.layout.inputs) {
      inputs[tag] = many ? at.map((index) => this.input(tag, index)) : this.input(tag, at[0]!)
    }
    return inputs
  }

  /** Whether nothing can come any more but from back edges. */
  get isOnlyLoop(): boolean {
    const { inputs } = this.layout.plan
    if (!this.layout.hasBackEdge) return false
    return this.queues.every((queue, index) => inputs[index]!.backEdge || queue.next === Timestamp.DONE)
  }

  /** What no future firing can look at is dropped from the queues of `latest` inputs. */
  trim(): void {
    for (let index = 0; index < this.queues.length; index++) {
      if (this.layout.setOf[index] === -1) this.queues[index]!.hold(this.next)
    }
  }

  clear(): void {
    for (const queue of this.queues) queue.clear()
  }

  private propose(set: number, time: Timestamp): void {
    if (time >= this.time) return
    this.time = time
    this.set = set
  }

  /**
   * The last time that a bound settles. Under `immediate` the end of a stream is news too, at POST_STREAM: it is how a loop
   * learns that its input has closed. (MediaPipe: `immediate_input_stream_handler.cc`.)
   */
  private settled(bound: Timestamp): Timestamp {
    return bound === Timestamp.DONE && this.layout.setsFireTogether ? Timestamp.POST_STREAM : bound - 1
  }

  private isNews(set: number, time: Timestamp): boolean {
    return (isRangeValue(time) || (time === Timestamp.POST_STREAM && this.layout.setsFireTogether)) && time > this.processed[set]!
  }

  private isSettled(time: Timestamp): boolean {
    for (const index of this.layout.awaited) if (this.queues[index]!.source.bound <= time) return false
    return true
  }

  private input(tag: string, index: number): Input<unknown> {
    const queue = this.queues[index]!
    const { time, layout } = this
    if (layout.plan.inputs[index]!.latest) {
      queue.hold(time)
      return new FiringInput(tag, queue.held, time)
    }
    const fires = layout.setsFireTogether || layout.setOf[index] === this.set
    if (fires && queue.packets.peek()?.timestamp === time) {
      if (layout.processTimestampBounds) this.processed[layout.setOf[index]!] = time
      return new FiringInput(tag, queue.take(), time)
    }
    // Not synchronised with the others, it may have been settled only up to an earlier time.
    return new FiringInput(tag, undefined, Math.min(queue.next - 1, time))
  }
}

class FiringInput implements Input<unknown> {
  private readonly tag: string
  private readonly packet: Packet | undefined
  private readonly emptyAt: Timestamp

  constructor(tag: string, packet: Packet | undefined, emptyAt: Timestamp) {
    this.tag = tag
    this.packet = packet
    this.emptyAt = emptyAt
  }

  get isEmpty(): boolean {
    return this.packet === undefined
  }

  get value(): unknown {
    if (this.packet !== undefined) return this.packet.value
    throw new EngineError('internal', `Input ${this.tag} has no packet at this time: look at isEmpty before value.`)
  }

  get timestamp(): Timestamp {
    return this.packet === undefined ? this.emptyAt : this.packet.timestamp
  }
}
