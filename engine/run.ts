import type { Packet } from './packet.ts'
import type { Timestamp } from './timestamp.ts'
import type { Trace } from './trace.ts'

export interface RunInit {
  /** Input side packets by the port's name: `LLM`, `LLM:1`, or the name itself when it has no tag. More than needed may be given. */
  readonly sides?: Readonly<Record<string, unknown>>
  /** Cancels the run. */
  readonly signal?: AbortSignal
  /** Told of what happens. Costs nothing when absent. */
  readonly trace?: Trace
}

/**
 * One request through a graph. It begins in a microtask after `start`, so that inputs can be pushed and outputs be read
 * before anything moves. It ends when all outputs of the graph have closed (what is still at work is aborted), or, in a graph
 * without outputs, when all nodes have; when a node fails; when it is cancelled. It settles when every node has closed.
 *
 * A calculator whose `process` ignores `context.signal` holds up the end of its run as long as it likes: the signal is its
 * duty, there is no way to stop a promise. Outputs' readers learn of the end at once, only `done` waits.
 *
 * Ports are named by their tag (`BODY`, `BODY:1` for index 1), or by their stream when they have no tag.
 */
export interface Run {
  /** Unique in the process; traces carry it. */
  readonly id: number
  /**
   * Puts a packet into an input. Default time: one after the last (first: 0), and not before the bound.
   * @throws EngineError `overloaded` when a queue that this input leads to is full: await `ready` before each push that may be
   * one too many. The run's failure, when it has failed. `internal` when the time is out of order or the input is closed.
   * After the run's natural end packets are dropped.
   */
  push(port: string, value: unknown, timestamp?: Timestamp): void
  /** Settles when the input has room, which is kept for one push; rejects when the run has failed. */
  ready(port: string): Promise<void>
  /** Promises that no packet before `bound` will be pushed. */
  advance(port: string, bound: Timestamp): void
  /** Closes an input, or all of them. A run with open inputs waits for more. */
  close(port?: string): void
  /**
   * Packets of an output as they come; ends with the output, throws the run's failure. Leaving the loop cancels the run. The
   * queue holds `maxQueueSize` packets, then what feeds it is held back. Packets that nobody reads or observes are dropped, so
   * call it before the first await after `start`; when it is too late it throws.
   */
  read(port: string): AsyncIterableIterator<Packet>
  /** Calls back with each packet of an output when it is sent. What the callback throws fails the run. */
  observe(port: string, callback: (packet: Packet) => void): void
  cancel(reason?: unknown): void
  /** Settles when all nodes have closed; rejects with the first failure, as EngineError. Not awaiting it is no error. */
  readonly done: Promise<void>
  /** Settles when nothing moves any more until something is pushed or read, or the run has settled; rejects when it has failed. */
  waitUntilIdle(): Promise<void>
  /** An output side packet; undefined as long as it is not set. */
  sideOutput(port: string): unknown
}
