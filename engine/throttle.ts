import type { EngineError } from './errors.ts'
import type { NodeRun } from './node.ts'

/** A queue of packets that holds back what feeds it while it is full. */
export interface BoundedQueue {
  /** The stream's id. */
  readonly stream: number
  readonly length: number
  /** -1: no limit. */
  limit: number
  isFull: boolean
  /** Emptied from outside the run: by the reader of an output. */
  readonly isOutside: boolean
  /** The node it belongs to; empty for an output's reader. */
  readonly node: string
  /** `node "x"`, `the reader of OUT`; for messages. */
  readonly owner: string
}

interface Waiting {
  readonly promise: Promise<void>
  readonly nodes: Set<NodeRun>
  resolve(): void
  reject(reason: EngineError): void
}

/**
 * Back-pressure. A full queue throttles every stream that can lead to it: sources of these are not run, graph inputs refuse
 * packets, and `ready` of outputs waits. (MediaPipe: `CalculatorGraph::UpdateThrottledNodes`.)
 */
export class Throttle {
  readonly full = new Set<BoundedQueue>()
  private readonly upstream: readonly (readonly number[])[]
  /** Of each stream, how many full queues it can lead to. Empty until the first queue is full. */
  private readonly counts = new Map<number, number>()
  private readonly waiting = new Map<number, Waiting>()
  private readonly changed: (queue: BoundedQueue, isFull: boolean) => void

  constructor(upstream: readonly (readonly number[])[], changed: (queue: BoundedQueue, isFull: boolean) => void) {
    this.upstream = upstream
    this.changed = changed
  }

  /** Call after a queue's length or limit has changed, if it may have crossed the limit. */
  update(queue: BoundedQueue): void {
    const isFull = queue.limit >= 0 && queue.length >= queue.limit
    if (isFull === queue.isFull) return
    queue.isFull = isFull
    if (isFull) this.full.add(queue)
    else this.full.delete(queue)
    for (const stream of this.upstream[queue.stream]!) this.count(stream, isFull ? 1 : -1)
    this.changed(queue, isFull)
  }

  isThrottled(stream: number): boolean {
    return this.full.size > 0 && (this.counts.get(stream) ?? 0) > 0
  }

  /** Settles when `stream` is no longer throttled. `node`: who waits, if a node. */
  wait(stream: number, node?: NodeRun): Promise<void> {
    const waiting = this.waiting.get(stream) ?? newWaiting()
    this.waiting.set(stream, waiting)
    if (node) waiting.nodes.add(node)
    return waiting.promise
  }

  get isAwaited(): boolean {
    return this.waiting.size > 0
  }

  /** The nodes that wait for room. */
  blocked(): Set<NodeRun> {
    return new Set([...this.waiting.values()].flatMap(({ nodes }) => [...nodes]))
  }

  /** The run is over: nobody waits any longer. */
  end(reason: EngineError): void {
    for (const { reject } of this.waiting.values()) reject(reason)
    this.waiting.clear()
  }

  private count(stream: number, change: number): void {
    const count = (this.counts.get(stream) ?? 0) + change
    this.counts.set(stream, count)
    if (count > 0) return
    this.waiting.get(stream)?.resolve()
    this.waiting.delete(stream)
  }
}

function newWaiting(): Waiting {
  let resolve: () => void = () => {}
  let reject: (reason: EngineError) => void = () => {}
  const promise = new Promise<void>((res, rej) => {
    resolve = res
    reject = rej
  })
  // Who asked for `ready` without awaiting it must not end the process.
  promise.catch(() => {})
  return { promise, nodes: new Set(), resolve, reject }
}
