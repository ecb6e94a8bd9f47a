import { EngineError } from '../../engine/index.ts'
import { Constant, type ExternalFiles } from './constants.ts'
import { type DataType, dataTypeOf, dataTypes } from './data-types.ts'
import type {
  AttributeProto,
  DimensionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from './model-proto.ts'

/** A constant tensor that is yet to be made. */
export interface NewTensor {
  readonly name: string
  readonly type: DataType
  readonly shape: readonly number[]
}

/** Constants that are computed together, when the model is written: only one computation's bytes are in memory at a time. */
export interface Computation {
  readonly tensors: readonly NewTensor[]
  /** Their bytes, in the same order. */
  compute(): Promise<readonly Uint8Array[]>
}

/** Whose values a graph's nodes exchange; what may be asked and changed is named by the values. Nodes in If and Loop bodies are left alone. */
export class Graph {
  readonly model: ModelProto
  readonly computations: Computation[] = []
  readonly #files: ExternalFiles
  /** Names given out, of values that may not be in the graph yet. */
  readonly #given = new Set<string>()
  #names: Names | undefined

  constructor(model: ModelProto, files: ExternalFiles) {
    this.model = model
    this.#files = files
  }

  get nodes(): readonly NodeProto[] {
    return this.model.graph.node
  }

  /** The node that makes a value; none makes inputs and constants. */
  producerOf(value: string): NodeProto | undefined {
    return this.#index().producers.get(value)
  }

  /** The nodes that read a value, those included whose bodies read it. */
  consumersOf(value: string): readonly NodeProto[] {
    return this.#index().consumers.get(value) ?? []
  }

  output(name: string): ValueInfoProto | undefined {
    return this.model.graph.output.find((output) => output.name === name)
  }

  isOutput(value: string): boolean {
    return this.output(value) !== undefined
  }

  initializer(value: string): TensorProto | undefined {
    return this.#index().initializers.get(value)
  }

  /** A value that is an initializer, or made by a Constant node, of a type with raw bytes. */
  constant(value: string): Constant | undefined {
    const node = this.producerOf(value)
    const proto = this.initializer(value) ?? (node?.opType === 'Constant' ? attribute(node, 'value')?.t : undefined)
    const type = proto && dataTypeOf(proto.dataType)
    return type === undefined ? undefined : new Constant(proto!, type, this.#files)
  }

  /** The version of an operator set that the model uses; 0 if it uses none of it. */
  opset(domain: '' | 'com.microsoft'): number {
    const known = this.model.opsetImport.find((each) => (each.domain === 'ai.onnx' ? '' : (each.domain ?? '')) === domain)
    return Number(known?.version ?? 0)
  }

  /** Makes the operators of ONNX Runtime's own domain usable. */
  useMicrosoftOperators(): void {
    if (this.opset('com.microsoft') === 0)
      this.model.opsetImport = [...this.model.opsetImport, { domain: 'com.microsoft', version: 1 }]
  }

  /** A name like this one that no value and no node has yet. */
  fresh(name: string): string {
    const { taken } = this.#index()
    let free = name
    for (let count = 1; taken.has(free) || this.#given.has(free); count++) free = `${name}_${count}`
    this.#given.add(free)
    return free
  }

  addInput(name: string, type: DataType, shape: readonly (string | number)[]): void {
    const info: ValueInfoProto = {
      name,
      type: { tensorType: { elemType: dataTypes[type].code, shape: { dim: dimensions(shape) } } },
    }
    this.#change().input = [...this.model.graph.input, info]
  }

  addOutput(name: string, type: DataType, shape: readonly (string | number)[]): void {
    const info = { name, type: { tensorType: { elemType: dataTypes[type].code, shape: { dim: dimensions(shape) } } } }
    this.#change().output = [...this.model.graph.output, info]
  }

  /** A small constant; its name. */
  addConstant(name: string, type: DataType, shape: readonly number[], bytes: Uint8Array): string {
    const constant = this.fresh(name)
    const proto: TensorProto = { dims: [...shape], dataType: dataTypes[type].code, name: constant, rawData: bytes }
    this.#change().initializer = [...this.model.graph.initializer, proto]
    return constant
  }

  /** An initializer of the same bytes as another one, in another shape. */
  addShaped(name: string, shape: readonly number[], of: string): void {
    const proto = this.initializer(of)
    if (proto === undefined) throw new EngineError('internal', `the graph has no initializer ${of}`)
    this.#change().initializer = [...this.model.graph.initializer, { ...proto, name, dims: [...shape] }]
  }

  /** Constants whose bytes are computed when the model is written. Their names must be fresh. */
  addComputed(computation: Computation): void {
    const protos = computation.tensors.map(({ name, type, shape }) => ({
      dims: [...shape],
      dataType: dataTypes[type].code,
      name,
    }))
    this.computations.push(computation)
    this.#change().initializer = [...this.model.graph.initializer, ...protos]
  }

  /** Puts nodes in the place of one. */
  replace(node: NodeProto, by: readonly NodeProto[]): void {
    this.#change().node = this.nodes.flatMap((each) => (each === node ? by : [each]))
  }

  append(added: readonly NodeProto[]): void {
    this.#change().node = [...this.nodes, ...added]
  }

  insertBefore(node: NodeProto, added: readonly NodeProto[]): void {
    this.#change().node = this.nodes.flatMap((each) => (each === node ? [...added, each] : [each]))
  }

  /** Lets a node read another value in the place of one. */
  feed(node: NodeProto, value: string, by: string): void {
    this.#change()
    node.input = node.input.map((input) => (input === value ? by : input))
  }

  /** Sets an output's shape and forgets the stated shapes of some values: ONNX Runtime infers them. */
  reshape(output: string, shape: readonly (string | number)[], forget: ReadonlySet<string>): void {
    const type = this.output(output)?.type?.tensorType
    if (type !== undefined) type.shape = { dim: dimensions(shape) }
    this.#change().valueInfo = (this.model.graph.valueInfo ?? []).filter(({ name }) => !forget.has(name))
  }

  /** Removes nodes whose results nobody reads, and constants and stated shapes of values that are no more. */
  prune(): void {
    const graph = this.#change()
    for (;;) {
      const used = this.nodes.filter((node) => node.output.some((value) => value !== '' && this.#isUsed(value)))
      if (used.length === this.nodes.length) break
      this.#change().node = used
    }
    graph.initializer = graph.initializer.filter(({ name }) => this.#isUsed(name ?? ''))
    const inputs = new Set(graph.input.map(({ name }) => name))
    graph.valueInfo = (graph.valueInfo ?? []).filter(({ name }) => inputs.has(name) || this.producerOf(name) !== undefined)
  }

  #isUsed(value: string): boolean {
    return this.isOutput(value) || this.consumersOf(value).length > 0
  }

  #index(): Names {
    this.#names ??= indexOf(this.model.graph)
    return this.#names
  }

  #change(): GraphProto {
    this.#names = undefined
    return this.model.graph
  }
}

interface Names {
  readonly producers: ReadonlyMap<string, NodeProto>
  readonly consumers: ReadonlyMap<string, readonly NodeProto[]>
  readonly initializers: ReadonlyMap<string, TensorProto>
  readonly taken: ReadonlySet<string>
}

function indexOf(graph: GraphProto): Names {
  const producers = new Map<string, NodeProto>()
  const consumers = new Map<string, NodeProto[]>()
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]))
  for (const node of graph.node) {
    for (const value of node.output) producers.set(value, node)
    for (const value of new Set(readBy(node))) {
      const known = consumers.get(value)
      if (known === undefined) consumers.set(value, [node])
      else known.push(node)
    }
  }
  const named = [...graph.input, ...graph.node].map(({ name }) => name ?? '')
  const taken = new Set([...producers.keys(), ...consumers.keys(), ...initializers.keys(), ...named])
  return { producers, consumers, initializers, taken }
}

/** The values that a node reads, also within its bodies: a body may read any value around it. */
function readBy(node: NodeProto): string[] {
  const bodies = (node.attribute ?? []).flatMap(({ g, graphs = [] }) => (g ? [g, ...graphs] : graphs))
  const within = bodies.flatMap(({ node: nodes, output }) => [...nodes.flatMap(readBy), ...output.map(({ name }) => name)])
  return [...node.input.filter((value) => value !== ''), ...within]
}

const dimensions = (shape: readonly (string | number)[]): DimensionProto[] =>
  shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }))

/** A node's attribute. */
export const attribute = (node: NodeProto, name: string): AttributeProto | undefined =>
  node.attribute?.find((each) => each.name === name)

/** A node's integer attribute, or what the operator takes where it is not given. */
export const integer = (node: NodeProto, name: string, usual: number): number => Number(attribute(node, name)?.i ?? usual)

/** Gives a node an integer attribute, in place of what it had. */
export const setInteger = (node: NodeProto, name: string, value: number): void => {
  const others = (node.attribute ?? []).filter((each) => each.name !== name)
  node.attribute = [...others, { name, type: INT, i: value }]
}

/** A new node; its attributes are integers and lists of integers. */
export const node = (
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
  domain: '' | 'com.microsoft' = '',
): NodeProto => ({
  input: [...input],
  output: [output],
  name: output,
  opType,
  ...(domain === '' ? {} : { domain }),
  attribute: Object.entries(attributes).map(([name, value]) =>
    typeof value === 'number' ? { name, type: INT, i: value } : { name, type: INTS, ints: [...value] },
  ),
})

/** AttributeProto.AttributeType. */
const INT = 2
const INTS = 7
