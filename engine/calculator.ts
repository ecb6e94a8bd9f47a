import type { ZodType } from 'zod'
import { checkContract } from './contract.ts'
import type { PacketType } from './packet.ts'
import type { Timestamp } from './timestamp.ts'

/**
 * An input that fires nothing: a firing at T sees its newest packet at or before T, or none. So that this does not depend on
 * chance, the firing waits until the stream is settled at T; only a back edge, which would wait for itself, is read as it is.
 * A node with nothing but such inputs is fired by them.
 */
export interface Latest<T> {
  readonly latest: PacketType<T>
}
/** A repeated port, `TAG:0`, `TAG:1`, …: at least one, unless optional. */
export interface Many<T> {
  readonly many: PacketType<T>
}
/** A port that a graph may leave unconnected. */
export interface Optional<P extends PacketType | Latest<unknown> | Many<unknown>> {
  readonly optional: P
}
export type Port = PacketType | Latest<unknown> | Many<unknown> | Optional<PacketType | Latest<unknown> | Many<unknown>>
/** Ports by tag; the empty tag is MediaPipe's untagged port. */
export type Ports = Readonly<Record<string, Port>>

export const latest = <T>(type: PacketType<T>): Latest<T> => ({ latest: type })
export const many = <T>(type: PacketType<T>): Many<T> => ({ many: type })
export const optional = <P extends PacketType | Latest<unknown> | Many<unknown>>(port: P): Optional<P> => ({ optional: port })

/**
 * When a node may fire (MediaPipe's input stream handlers).
 * - `default`: all streams together, in time order: at T once every stream has a packet at T or can have none any more.
 * - `immediate`: each stream alone, as soon as it has a packet.
 * - `sync_set`: groups of tags (`['A', 'C:1']`), each synchronised as under `default`; tags in no group form one more.
 */
export type InputPolicy =
  | { readonly kind: 'default' }
  | { readonly kind: 'immediate' }
  | { readonly kind: 'sync_set'; readonly sets: readonly (readonly string[])[] }

/** How a graph wires a node: how many ports of each tag it connects; other tags are absent. */
export interface Wiring<P> {
  readonly inputs: Readonly<Record<string, number>>
  readonly outputs: Readonly<Record<string, number>>
  readonly sides: Readonly<Record<string, number>>
  readonly sideOutputs: Readonly<Record<string, number>>
  readonly options: P
}

/** What a calculator takes and gives. Checked against the graph file once, when it is read. */
export interface Contract<I extends Ports, O extends Ports, S extends Ports, R extends Ports, P> {
  readonly inputs?: I
  readonly outputs?: O
  /** Input side packets: one value for the whole run (loaded models, mostly). */
  readonly sides?: S
  /** Output side packets, set once, in open or process. */
  readonly sideOutputs?: R
  readonly options?: ZodType<P>
  /** Default: `{ kind: 'default' }`. A graph file may choose another (`input_stream_handler`). */
  readonly policy?: InputPolicy
  /**
   * How output bounds follow input: with a number, a firing at T that has ended moves every output's bound to
   * T + offset + 1, so that readers downstream need not wait for a packet that will not come. `'own'`: outputs count
   * their own time, and bounds move by packets alone. Default 0.
   */
  readonly timestampOffset?: number | 'own'
  /** Whether a bound that advances without a packet fires the node too, with empty inputs. Default false. */
  readonly processTimestampBounds?: boolean
  /**
   * Says what is wrong with a node, where its ports must fit each other or its options; undefined when nothing is. Called
   * when a graph is read, and only when nothing else is wrong with the node.
   */
  check?(wiring: Wiring<P>): string | undefined
  /**
   * Schemas of the data that a node with these options exchanges with the world outside, for those who describe a graph to its
   * users; they agree on the names. The engine carries this along and never asks.
   */
  schemas?(options: P): Readonly<Record<string, ZodType>>
}

/** A port's packet at the firing time. Reading `value` of an empty input throws. */
export interface Input<T> {
  readonly isEmpty: boolean
  readonly value: T
  readonly timestamp: Timestamp
}
export interface Output<T> {
  /**
   * Sends at `at`. Default: the firing time plus `timestampOffset`; under `'own'`, in sources, in open and in close: one after
   * the last packet sent (first: 0), and not before the bound. Throws when the time is out of order or the output is closed.
   * Once the run is over, what is sent goes nowhere.
   */
  send(value: T, at?: Timestamp): void
  /** Promises that no packet before `bound` will come. */
  advance(bound: Timestamp): void
  close(): void
  readonly isClosed: boolean
  /**
   * Settles when no queue downstream is full; await it between packets that nothing else slows down. Rejects once the run is
   * over, so that a loop that awaits it ends.
   */
  readonly ready: Promise<void>
}
/** Where an output side packet is put, once. */
export interface SideOutput<T> {
  set(value: T): void
}

type Inputs<P> = {
  readonly [K in keyof P]: P[K] extends Optional<infer Q>
    ? Q extends Many<infer T>
      ? readonly Input<T>[]
      : Q extends Latest<infer T> | PacketType<infer T>
        ? Input<T> | undefined
        : never
    : P[K] extends Many<infer T>
      ? readonly Input<T>[]
      : P[K] extends Latest<infer T> | PacketType<infer T>
        ? Input<T>
        : never
}
type Outputs<P> = {
  readonly [K in keyof P]: P[K] extends Optional<infer Q>
    ? Q extends Many<infer T>
      ? readonly Output<T>[]
      : Q extends PacketType<infer T>
        ? Output<T> | undefined
        : never
    : P[K] extends Many<infer T>
      ? readonly Output<T>[]
      : P[K] extends PacketType<infer T>
        ? Output<T>
        : never
}
type Sides<P> = {
  readonly [K in keyof P]: P[K] extends Optional<infer Q>
    ? Q extends Many<infer T>
      ? readonly T[]
      : Q extends PacketType<infer T>
        ? T | undefined
        : never
    : P[K] extends Many<infer T>
      ? readonly T[]
      : P[K] extends PacketType<infer T>
        ? T
        : never
}
type SideOutputs<P> = {
  readonly [K in keyof P]: P[K] extends Many<infer T>
    ? readonly SideOutput<T>[]
    : P[K] extends PacketType<infer T>
      ? SideOutput<T>
      : never
}

/** What a calculator is opened with, once for each run. */
export interface Context<O, S, R, P> {
  /** The node's name in its graph, for messages. */
  readonly node: string
  readonly outputs: Outputs<O>
  readonly sides: Sides<S>
  readonly sideOutputs: SideOutputs<R>
  readonly options: P
  /** Aborted when the run is cancelled: the client left, a deadline passed, a node failed, or the outputs closed. */
  readonly signal: AbortSignal
}

/** What `STOP` is: no unique symbol, as TypeScript takes one that an async function returns for any symbol. */
export interface Stop {
  readonly stop: true
}
/** A source returns it from `process` when it has no more; any other node, to stop the run's sources. */
export const STOP: Stop = { stop: true }

/** What lives for one run. Inputs exist only during a firing, so they are the argument of `process`. */
export interface Process<I> {
  /**
   * One firing, at `timestamp` (UNSET for a source). A promise that it returns must settle soon after the context's `signal`
   * is aborted: the run waits for it.
   */
  process(inputs: Inputs<I>, timestamp: Timestamp): void | Stop | Promise<void | Stop>
  /** Called once whenever open succeeded, also after a failure. Outputs may still be sent here when the run has not failed. */
  close?(): void | Promise<void>
}

/** A calculator with its types erased: what registries hold and runs drive. Methods, so that every calculator fits. */
export interface Calculator {
  readonly contract: Contract<Ports, Ports, Ports, Ports, unknown>
  open(context: Context<Ports, Ports, Ports, unknown>): Process<Ports> | Promise<Process<Ports>>
}

/** Calculators by the name that graph files use. */
export type Registry = Readonly<Record<string, Calculator>>

type NoPorts = Readonly<Record<never, Port>>

/**
 * Declares a calculator: its contract, and a function that opens it for one run.
 * @throws EngineError `bad_graph` when the contract is none, which the compiler finds first in TypeScript.
 */
export function calculator<
  const I extends Ports = NoPorts,
  const O extends Ports = NoPorts,
  const S extends Ports = NoPorts,
  const R extends Ports = NoPorts,
  P = undefined,
>(contract: Contract<I, O, S, R, P>, open: (context: Context<O, S, R, P>) => Process<I> | Promise<Process<I>>): Calculator {
  checkContract(contract, open)
  return { contract, open }
}
