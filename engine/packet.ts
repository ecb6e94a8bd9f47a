import { EngineError } from './errors.ts'
import type { Timestamp } from './timestamp.ts'

/** A value at a time. Immutable: one packet may be read by many nodes. */
export interface Packet<T = unknown> {
  readonly value: T
  readonly timestamp: Timestamp
}

/**
 * A kind of packet. The name is checked when a graph is wired, `T` when a calculator is compiled.
 * `carries` never exists at run time; it holds `T` for the compiler.
 */
export interface PacketType<T = unknown> {
  readonly name: string
  readonly carries?: T
  /** Set by `sameAs`: the type is that of the input port of this tag (and the same index), known when the graph is wired. */
  readonly sameAs?: string
}

/** Declares a kind of packet: `export const Tokens = packetType<TokenBatch>('Tokens')`. Throws `bad_graph` without a name. */
export function packetType<T>(name: string): PacketType<T> {
  if (typeof name === 'string' && name !== '') return { name }
  throw new EngineError('bad_graph', "A packet type has a name, by which graphs check what is wired: packetType('Tokens').")
}

/** Fits every other type. For calculators that move packets without looking into them. */
export const AnyPacket: PacketType<unknown> = { name: 'any' }

/** An output whose type is that of the input `tag`; of a repeated input, that of the same index. */
export const sameAs = (tag: string): PacketType<unknown> => ({ name: 'any', sameAs: tag })
