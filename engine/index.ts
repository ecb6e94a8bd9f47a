export type {
  Calculator,
  Context,
  Contract,
  Input,
  InputPolicy,
  Latest,
  Many,
  Optional,
  Output,
  Port,
  Ports,
  Process,
  Registry,
  SideOutput,
} from './calculator.ts'
export { calculator, latest, many, optional, STOP } from './calculator.ts'
export type { ErrorCode, ErrorDetails, Fault } from './errors.ts'
export { EngineError } from './errors.ts'
export type { Packet, PacketType } from './packet.ts'
export { AnyPacket, packetType, sameAs } from './packet.ts'
export { addToTimestamp, formatTimestamp, isAllowedInStream, isRangeValue, nextAllowedInStream, Timestamp } from './timestamp.ts'
