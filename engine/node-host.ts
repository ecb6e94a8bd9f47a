import type { EngineError } from './errors.ts'
import type { NodeRun } from './node.ts'
import type { SidePackets } from './side-packets.ts'
import type { Stream } from './stream.ts'
import type { Throttle } from './throttle.ts'
import type { TraceEvent } from './trace.ts'

/** What a node needs of its run. */
export interface NodeHost {
  readonly streams: readonly Stream[]
  readonly sides: SidePackets
  readonly throttle: Throttle
  readonly maxQueueSize: number
  /** Failed, cancelled, or at its end: nothing that is sent matters any longer. */
  readonly isOver: boolean
  readonly signal: AbortSignal
  /** Undefined when nobody traces. */
  readonly trace: ((event: Omit<TraceEvent, 'run' | 'graph'>) => void) | undefined
  /** The node should get a turn. */
  wake(node: NodeRun): void
  /** Counts calls of the calculator that have not settled. */
  outstanding(change: 1 | -1): void
  /** Settles once the event loop has had its turn, if it is due. */
  canGoOn(): Promise<void>
  /** Something that was awaited has ended: go on working. */
  work(): void
  fail(error: EngineError): void
  closed(): void
  /** A side packet is there, or will never be: nodes that wait for it go on. */
  sideSet(name: string): void
  stopSources(): void
}
