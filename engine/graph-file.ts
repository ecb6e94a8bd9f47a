import { z } from 'zod'
import { checkYaml } from './check-yaml.ts'
import type { Reports } from './faults.ts'
import { type Handler, readHandler } from './handler.ts'
import { didYouMean, nearest } from './nearest.ts'
import { type OptionsPart, type OptionValue, readOptions, readOptionValues } from './node-options.ts'
import { faultAt, inside, isMap, listOf, type Place } from './place.ts'
import { type PortName, readPorts, readTagIndex, type TagIndex } from './port-names.ts'

/** A graph as its file says it, before subgraphs are expanded and anything is checked against calculators. */
export interface GraphFile {
  readonly place: Place
  /** The name under which other graphs use it as a node. */
  readonly type: string | undefined
  readonly ports: PortLists
  readonly nodes: readonly NodeFile[]
  readonly maxQueueSize: number
  readonly reportDeadlock: boolean
  readonly handler: Handler | undefined
  readonly options: OptionsPart | undefined
}

export interface NodeFile {
  /** The node's map. */
  readonly place: Place
  readonly name: string | undefined
  readonly calculator: string | undefined
  readonly ports: PortLists
  readonly handler: Handler | undefined
  readonly backEdges: readonly TagIndex[]
  readonly maxInFlight: number
  readonly sourceLayer: number
  readonly options: OptionsPart | undefined
  readonly optionValues: readonly OptionValue[]
}

export const portFields = ['input_stream', 'output_stream', 'input_side_packet', 'output_side_packet'] as const
export type PortField = (typeof portFields)[number]
export type PortLists = Readonly<Record<PortField, readonly PortName[]>>

/** The fields of a graph and of a node that are single values. `graphSchema` describes them from here. */
export const graphFields = {
  type: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a type is letters, digits and underscores'),
  package: z.string(),
  max_queue_size: z.int().refine((size) => size === -1 || size >= 1, 'at least 1, or -1 for no limit'),
  report_deadlock: z.boolean(),
}
export const nodeFields = {
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a node's name is letters, digits and underscores"),
  calculator: z.string().min(1),
  max_in_flight: z.int().min(1).max(10_000),
  source_layer: z.int().min(0).max(10_000),
}
/** Fields of MediaPipe that are read and have no effect here, with the reason. */
export const ignoredGraphFields: Readonly<Record<string, string>> = {
  num_threads: 'nodes share one event loop',
  executor: 'nodes share one event loop',
  profiler_config: 'runs are traced with `ovms-ts run --trace`',
  runtime_info: 'runs are traced with `ovms-ts run --trace`',
  output_stream_handler: 'outputs are always in order',
}
export const ignoredNodeFields: Readonly<Record<string, string>> = {
  executor: 'nodes share one event loop',
  buffer_size_hint: 'queues take what they need, up to `max_queue_size`',
  profiler_config: 'runs are traced with `ovms-ts run --trace`',
  output_stream_handler: 'outputs are always in order',
}
const graphKeys = [
  ...Object.keys(graphFields),
  ...portFields,
  'node',
  'options',
  'graph_options',
  'input_stream_handler',
  ...Object.keys(ignoredGraphFields),
]
const nodeKeys = [
  ...Object.keys(nodeFields),
  ...portFields,
  'options',
  'node_options',
  'option_value',
  'input_stream_handler',
  'input_stream_info',
  ...Object.keys(ignoredNodeFields),
]
const unsupported: Readonly<Record<string, string>> = {
  packet_generator: 'use a calculator with an output side packet',
  packet_factory: 'use a calculator with an output side packet',
  status_handler: 'failures end a run by themselves',
  external_input: 'use `input_side_packet`',
}

/** Reads a graph. What cannot be read is reported, and the rest is read all the same; undefined when it is no graph at all. */
export function readGraphFile(place: Place, reports: Reports): GraphFile | undefined {
  const value = place.document.get(place.path)
  if (!isMap(value)) {
    reports.fault(faultAt(place, 'invalid_type', 'a graph is a map with `input_stream`, `output_stream` and `node`'))
    return undefined
  }
  const fields = readFields(place, value, graphFields, graphKeys, ignoredGraphFields, reports)
  const nodes = listOf(inside(place, keyOf('node', value, graphKeys)))
  if (nodes.length === 0) reports.fault(faultAt(inside(place, 'node'), 'missing_key', 'the graph has no `node`', 'key'))
  return {
    place,
    type: fields.type,
    ports: readPortLists(place, value, graphKeys, reports),
    nodes: nodes.flatMap((node) => readNode(node, reports) ?? []),
    maxQueueSize: fields.max_queue_size ?? 100,
    reportDeadlock: fields.report_deadlock ?? false,
    handler: 'input_stream_handler' in value ? readHandler(inside(place, 'input_stream_handler'), reports, 'graph') : undefined,
    options: readOptions(place, 'graph_options', reports.fault),
  }
}

function readNode(place: Place, reports: Reports): NodeFile | undefined {
  const value = place.document.get(place.path)
  if (!isMap(value)) {
    reports.fault(faultAt(place, 'invalid_type', 'a node is a map with `calculator` and its streams'))
    return undefined
  }
  const fields = readFields(place, value, nodeFields, nodeKeys, ignoredNodeFields, reports)
  if (!Object.hasOwn(value, keyOf('calculator', value, nodeKeys)))
    reports.fault(faultAt(place, 'missing_key', 'the node has no `calculator`'))
  return {
    place,
    name: fields.name,
    calculator: fields.calculator,
    ports: readPortLists(place, value, nodeKeys, reports),
    handler: 'input_stream_handler' in value ? readHandler(inside(place, 'input_stream_handler'), reports, 'node') : undefined,
    backEdges: 'input_stream_info' in value ? readBackEdges(inside(place, 'input_stream_info'), reports) : [],
    maxInFlight: fields.max_in_flight ?? 1,
    sourceLayer: fields.source_layer ?? 0,
    options: readOptions(place, 'node_options', reports.fault),
    optionValues: 'option_value' in value ? readOptionValues(inside(place, 'option_value'), reports.fault) : [],
  }
}

type Fields<F extends Record<string, z.ZodType>> = { [K in keyof F]?: z.infer<F[K]> }

/** The single values of a map, each checked for itself; keys that nothing knows are faults, those without meaning here warnings. */
function readFields<F extends Record<string, z.ZodType>>(
  place: Place,
  value: Record<string, unknown>,
  fields: F,
  known: readonly string[],
  ignored: Readonly<Record<string, string>>,
  reports: Reports,
): Fields<F> {
  const read: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const at = inside(place, key)
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined
    if (field !== undefined) {
      const checked = checkYaml(at.document, field, at.path)
      checked.faults.forEach(reports.fault)
      read[key] = checked.value
    } else if (Object.hasOwn(ignored, key)) {
      reports.warning(faultAt(at, 'ignored_key', `\`${key}\` has no effect here: ${ignored[key]}`, 'key'))
    } else if (!known.includes(key)) {
      const hint = Object.hasOwn(unsupported, key) ? ` is not supported: ${unsupported[key]}` : didYouMean(key, known)
      reports.fault(
        faultAt(at, 'unknown_key', hint.startsWith(' ') ? `\`${key}\`${hint}` : `unknown key \`${key}\`${hint}`, 'key'),
      )
    }
  }
  return read as Fields<F>
}

/** The key of a field, or the misspelled one that must be meant: it is reported once, and what it says is read all the same. */
function keyOf(field: string, value: Record<string, unknown>, known: readonly string[]): string {
  if (Object.hasOwn(value, field)) return field
  return Object.keys(value).find((key) => !known.includes(key) && nearest(key, known) === field) ?? field
}

function readPortLists(place: Place, value: Record<string, unknown>, known: readonly string[], { fault }: Reports): PortLists {
  const list = (field: PortField) => {
    const key = keyOf(field, value, known)
    return Object.hasOwn(value, key) ? readPorts(inside(place, key), fault) : []
  }
  return {
    input_stream: list('input_stream'),
    output_stream: list('output_stream'),
    input_side_packet: list('input_side_packet'),
    output_side_packet: list('output_side_packet'),
  }
}

const streamInfo = z.object({ tag_index: z.string().default(''), back_edge: z.boolean().default(false) })

function readBackEdges(place: Place, { fault }: Reports): TagIndex[] {
  return listOf(place).flatMap((at) => {
    const { value, faults } = checkYaml(at.document, streamInfo, at.path)
    faults.forEach(fault)
    if (value === undefined || !value.back_edge) return []
    const port = readTagIndex(value.tag_index)
    if (port !== undefined) return [{ ...port, place: inside(at, 'tag_index') }]
    fault(faultAt(inside(at, 'tag_index'), 'invalid_name', `"${value.tag_index}" is not "TAG", "TAG:index" or ":index"`))
    return []
  })
}
