import type { Calculator, InputPolicy, Ports, Wiring } from './calculator.ts'
import { checkValue } from './check-yaml.ts'
import type { Fault } from './errors.ts'
import type { Reports } from './faults.ts'
import { type PortField, portFields } from './graph-file.ts'
import { didYouMean, nearest } from './nearest.ts'
import { optionPlace } from './node-options.ts'
import { faultAt, placeName } from './place.ts'
import { type PortName, portLabel, portPart, type TagIndex } from './port-names.ts'
import { portShape } from './port-shape.ts'
import type { FlatNode } from './subgraph.ts'
import { portWords, type Unconnected } from './subgraph-scope.ts'

/** The ports that a calculator declares in a field of graph files. */
export function declaredPorts({ contract }: Calculator, field: PortField): Ports {
  const declared = {
    input_stream: contract.inputs,
    output_stream: contract.outputs,
    input_side_packet: contract.sides,
    output_side_packet: contract.sideOutputs,
  }[field]
  return declared ?? {}
}

/** Checks a node against its calculator's contract: ports, back edges, sync sets and options. Returns the parsed options. */
export function checkNode(node: FlatNode, reports: Reports): unknown {
  const { calculator } = node
  checkTags(node, reports.fault)
  if (node.ports.input_stream.length > 0 && node.sourceLayer > 0)
    reports.warning(faultAt(node.place, 'ignored_key', '`source_layer` has no effect on a node with input streams'))
  if (calculator === undefined) return undefined
  let isSound = true
  const fault = (found: Fault) => {
    isSound = false
    reports.fault(found)
  }
  for (const field of portFields) checkPorts(node, calculator, field, fault)
  const options = checkOptions(node, calculator, fault)
  const problem = isSound ? calculator.contract.check?.(wiringOf(node, options)) : undefined
  if (problem !== undefined) fault(faultAt(node.place, 'bad_wiring', `${node.calculatorName}: ${problem}${node.within}`))
  return options
}

function wiringOf({ ports }: FlatNode, options: unknown): Wiring<unknown> {
  const counts = (field: PortField) => {
    const count: Record<string, number> = {}
    for (const { tag } of ports[field]) count[tag] = (count[tag] ?? 0) + 1
    return count
  }
  return {
    inputs: counts('input_stream'),
    outputs: counts('output_stream'),
    sides: counts('input_side_packet'),
    sideOutputs: counts('output_side_packet'),
    options,
  }
}

function checkPorts(node: FlatNode, calculator: Calculator, field: PortField, fault: (fault: Fault) => void): void {
  const declared = declaredPorts(calculator, field)
  const tags = Object.keys(declared)
  const meant = new Set<string | undefined>()
  for (const port of node.ports[field]) {
    const shape = Object.hasOwn(declared, port.tag) ? portShape(declared[port.tag]!) : undefined
    if (port.faulty || shape === undefined) meant.add(port.faulty ? port.tag : nearest(port.tag, tags))
    if (port.faulty) continue
    if (shape === undefined)
      fault(faultAt(port.place, 'unknown_port', `${unknownPort(node, field, port.tag, tags)}${node.within}`, portPart(port)))
    else if (port.index > 0 && !shape.many) {
      const message = `${node.calculatorName} takes one ${portWords[field]} ${port.tag || 'without tag'}, not several${node.within}`
      fault(faultAt(port.place, 'unknown_port', message))
    }
  }
  const isMisread = node.ports[field].some((port) => port.faulty && port.tag === '')
  for (const [tag, port] of Object.entries(declared)) {
    const isConnected = node.ports[field].some((candidate) => candidate.tag === tag)
    if (portShape(port).optional || isConnected || isMisread || meant.has(tag)) continue
    fault(missingPort(node, field, tag))
  }
}

function unknownPort(node: FlatNode, field: PortField, tag: string, tags: readonly string[]): string {
  const own = tag === '' ? `without tag` : tag
  const known = tags.map((known) => (known === '' ? 'one without tag' : known))
  const hint = didYouMean(tag, tags) || (known.length === 0 ? ': it has none' : `: it has ${known.join(', ')}`)
  return `${node.calculatorName} has no ${portWords[field]} ${own}${hint}`
}

/** A required port that is not connected. When a subgraph's user left it out, the fault is the user's. */
function missingPort(node: FlatNode, field: PortField, tag: string): Fault {
  const label = tag === '' ? `an ${portWords[field]} without tag` : `its ${portWords[field]} ${tag}`
  const left: Unconnected | undefined = node.unconnected.find((candidate) => candidate.field === field && candidate.tag === tag)
  if (left === undefined) return faultAt(node.place, 'missing_port', `${node.calculatorName} needs ${label}${node.within}`)
  const { place, type, label: outer, within } = left.user
  return faultAt(place, 'missing_port', `${type} needs its ${portWords[field]} ${outer}: ${node.name} needs ${label}${within}`)
}

function checkTags(node: FlatNode, fault: (fault: Fault) => void): void {
  const inputs = node.ports.input_stream
  const labels = inputs.map(portLabel)
  const sets = node.handler?.kind === 'sync_set' ? node.handler.sets.flat() : []
  for (const port of [...node.backEdges, ...sets]) {
    if (inputs.some((input) => isAt(input, port)) || node.unconnected.some((input) => isAt(input, port))) continue
    const hint = didYouMean(portLabel(port), labels) || (labels.length === 0 ? ': it has none' : `: it has ${labels.join(', ')}`)
    fault(faultAt(port.place, 'unknown_port', `this node has no input ${portLabel(port)}${hint}${node.within}`))
  }
}

const isAt = (port: { tag: string; index: number }, other: { tag: string; index: number }) =>
  port.tag === other.tag && port.index === other.index

function checkOptions(node: FlatNode, calculator: Calculator, fault: (fault: Fault) => void): unknown {
  const { options } = node
  const schema = calculator.contract.options
  if (schema === undefined) {
    const [key] = Object.keys(options.value)
    if (key !== undefined)
      fault(faultAt(optionPlace(options, [key]), 'unknown_key', `${node.calculatorName} has no options${node.within}`, 'key'))
    return undefined
  }
  const { value, problems } = checkValue(options.value, schema)
  for (const { code, path, message, part } of problems) {
    const place = optionPlace(options, path)
    const text = `option of ${node.calculatorName}: ${message}${node.within}`
    fault(faultAt(place, code, text, place === node.place ? 'value' : part))
  }
  return value
}

/** The node's policy: the graph file's choice, else the contract's, else the graph's default; sync sets name ports as `TAG:index`. */
export function inputPolicy(node: FlatNode): InputPolicy {
  const inputs = node.ports.input_stream.map(({ tag, index }) => ({ tag, index }))
  const { handler } = node
  if (handler?.kind === 'sync_set')
    return syncSets(handler.sets.map((set) => set.filter((port) => inputs.some((input) => isAt(input, port)))))
  if (handler !== undefined) return { kind: handler.kind }
  const declared = node.calculator?.contract.policy
  if (declared?.kind !== 'sync_set')
    return declared ?? { kind: node.graphHandler?.kind === 'immediate' ? 'immediate' : 'default' }
  // in a contract, a tag alone stands for all of a repeated port
  return syncSets(
    declared.sets.map((set) => inputs.filter(({ tag, index }) => set.some((name) => name === tag || name === `${tag}:${index}`))),
  )
}

const syncSets = (sets: readonly (readonly { tag: string; index: number }[])[]): InputPolicy => ({
  kind: 'sync_set',
  sets: sets.filter((set) => set.length > 0).map((set) => set.map(({ tag, index }) => `${tag}:${index}`)),
})

/** Whether an input is marked as closing a cycle, by its own node or by a user of its subgraph. */
export const isBackEdge = (node: FlatNode, input: PortName): boolean =>
  node.backEdges.some((edge) => isAt(edge, input)) || node.backStreams.has(input.name)

/** Where a marked back edge was marked. */
export const backEdgeMark = (node: FlatNode, input: PortName): TagIndex | undefined =>
  node.backEdges.find((edge) => isAt(edge, input))

/** A port of a node as messages name it: `TokenizerCalculator's output TOKENS (graphs/chat.yaml:12)`. */
export const portOfNode = (node: FlatNode, field: PortField, port: PortName): string =>
  `${node.calculatorName}'s ${portWords[field]} ${portLabel(port)} (${placeName(port.place)})`
