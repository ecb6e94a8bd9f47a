import type { Port } from './calculator.ts'
import type { PacketType } from './packet.ts'

/** A declared port with its wrappers taken off. */
export interface PortShape {
  readonly type: PacketType
  readonly latest: boolean
  readonly many: boolean
  readonly optional: boolean
}

export function portShape(port: Port): PortShape {
  const inner = 'optional' in port ? port.optional : port
  const type = 'latest' in inner ? inner.latest : 'many' in inner ? inner.many : inner
  return { type, latest: 'latest' in inner, many: 'many' in inner, optional: 'optional' in port }
}
