import type { Output } from './calculator.ts'
import type { NodeRun } from './node.ts'
import type { Stream } from './stream.ts'
import type { Throttle } from './throttle.ts'
import { addToTimestamp, Timestamp } from './timestamp.ts'

/** One output of a node, as its calculator sees it. What is sent once the run is over goes nowhere. */
export class NodeOutput implements Output<unknown> {
  private readonly stream: Stream
  private readonly node: NodeRun
  private readonly throttle: Throttle

  constructor(stream: Stream, node: NodeRun, throttle: Throttle) {
    this.stream = stream
    this.node = node
    this.throttle = throttle
  }

  send(value: unknown, at?: Timestamp): void {
    const { node } = this
    if (node.order === undefined) this.put(value, at, node.time)
    else node.order.do(at, (time) => this.put(value, at, time))
  }

  advance(bound: Timestamp): void {
    this.inTurn((stream) => stream.advance(bound))
  }

  close(): void {
    this.inTurn((stream) => stream.close())
  }

  get isClosed(): boolean {
    return this.stream.isClosed || this.node.isOver
  }

  get ready(): Promise<void> {
    const { node, stream } = this
    if (!node.isOver && this.throttle.isThrottled(stream.plan.id)) return this.throttle.wait(stream.plan.id, node)
    return node.canGoOn()
  }

  private inTurn(action: (stream: Stream) => void): void {
    const act = () => {
      if (!this.node.isOver) action(this.stream)
    }
    if (this.node.order === undefined) act()
    else this.node.order.do(undefined, act)
  }

  /** `time`: of the firing, UNSET outside of one. */
  private put(value: unknown, at: Timestamp | undefined, time: Timestamp): void {
    const { stream, node } = this
    if (node.isOver) return
    const { offset } = node.layout
    const timestamp = at ?? (offset === undefined || time === Timestamp.UNSET ? stream.following : addToTimestamp(time, offset))
    stream.put({ value, timestamp })
    node.sent(stream, timestamp)
  }
}
