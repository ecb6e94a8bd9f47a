import type { Calculator, InputPolicy } from './calculator.ts'
import type { PacketType } from './packet.ts'

/**
 * A graph, read, expanded, checked and compiled: all that a run needs, and nothing that a run changes.
 * Streams are numbered; a port of tag T and index i is written `T:i`, the first untagged one `:0`.
 */
export interface Plan {
  /** `type:` of the graph, else its path without folder and `.yaml`. */
  readonly name: string
  /** The file it was read from, for messages. */
  readonly file: string
  /** In topological order, marked back edges aside. */
  readonly nodes: readonly NodePlan[]
  readonly streams: readonly StreamPlan[]
  readonly inputs: readonly GraphPort[]
  readonly outputs: readonly GraphPort[]
  readonly sideInputs: readonly GraphSidePort[]
  readonly sideOutputs: readonly GraphSidePort[]
  /** Packets an input may queue before what feeds it is held back; -1: no limit. MediaPipe's default is 100. */
  readonly maxQueueSize: number
  /** Fail on a deadlock of full queues, instead of growing the queue. */
  readonly reportDeadlock: boolean
}

export interface Position {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1. */
  readonly column: number
}

export interface StreamPlan {
  readonly id: number
  readonly name: string
  readonly type: PacketType
}

export interface GraphPort {
  readonly tag: string
  readonly index: number
  /** The stream's id, which is its index in `Plan.streams`. */
  readonly stream: number
}

export interface GraphSidePort {
  readonly tag: string
  readonly index: number
  /** The side packet's name in the graph. */
  readonly name: string
  readonly type: PacketType
  /** True when every reader declares it optional. */
  readonly optional: boolean
}

export interface NodePlan {
  /** Its index in `Plan.nodes`. */
  readonly id: number
  /** Unique in the graph; inner nodes of a subgraph are prefixed: `generate__TokenizerCalculator`. */
  readonly name: string
  readonly calculatorName: string
  readonly calculator: Calculator
  readonly where: Position
  /** Parsed by the contract's schema. */
  readonly options: unknown
  readonly inputs: readonly InputPlan[]
  readonly outputs: readonly OutputPlan[]
  readonly sides: readonly SidePlan[]
  readonly sideOutputs: readonly SidePlan[]
  /** The graph file's choice, else the contract's, else the graph's default, else `default`. */
  readonly policy: InputPolicy
  readonly maxInFlight: number
  /** Sources of layer k run only once the sources of all lower layers are done. */
  readonly sourceLayer: number
}

export interface InputPlan {
  readonly tag: string
  readonly index: number
  readonly stream: number
  readonly backEdge: boolean
  readonly latest: boolean
}

export interface OutputPlan {
  readonly tag: string
  readonly index: number
  readonly stream: number
}

export interface SidePlan {
  readonly tag: string
  readonly index: number
  /** The side packet's name in the graph. */
  readonly name: string
}
