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
  Stop,
  Wiring,
} from './calculator.ts'
export { calculator, latest, many, optional, STOP } from './calculator.ts'
export { checkValue, checkYaml } from './check-yaml.ts'
export type { ErrorCode, ErrorDetails, Fault, FaultCode } from './errors.ts'
export { EngineError } from './errors.ts'
export { faultsError, formatFault, sortFaults } from './faults.ts'
export { Graph } from './graph.ts'
export { liveRuns } from './graph-run.ts'
export { graphSchema } from './graph-schema.ts'
export type { GraphLibrary } from './library.ts'
export { directoryLibrary } from './library.ts'
export type { GraphSource, LoadedGraph, LoadSettings } from './load.ts'
export { graphError, loadGraph, readGraph } from './load.ts'
export { didYouMean, nearest } from './nearest.ts'
export type { Packet, PacketType } from './packet.ts'
export { AnyPacket, packetType, sameAs } from './packet.ts'
export type { GraphPort, GraphSidePort, InputPlan, NodePlan, OutputPlan, Plan, Position, SidePlan, StreamPlan } from './plan.ts'
export type { Run, RunInit } from './run.ts'
export { addToTimestamp, formatTimestamp, isAllowedInStream, isRangeValue, nextAllowedInStream, Timestamp } from './timestamp.ts'
export type { ChromeTraceEvent, Trace, TraceEvent } from './trace.ts'
export { chromeTrace } from './trace.ts'
export type { Path, YamlDocument } from './yaml.ts'
export { readYaml } from './yaml.ts'
export { readYamlFile } from './yaml-file.ts'
