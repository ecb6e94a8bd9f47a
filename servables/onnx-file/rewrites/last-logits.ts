import { type Graph, node } from '../graph.ts'
import type { NodeProto } from '../model-proto.ts'
import { type Projection, projectionEndedBy } from '../projections.ts'
import { tellMaxima } from './logits-maxima.ts'
import type { Rewrite } from './rewrite.ts'

/** The input that rewritten models have: pairs of row and position in it, [n, 2] of int64. */
export const LOGITS_POSITIONS = 'logits_positions'

/**
 * Lets a language model compute the logits of wanted positions only, instead of all: `logits` becomes [n, vocabulary] for the n
 * pairs (row, position) in the input `logits_positions`. A GatherND picks the hidden states before the language model's head,
 * which is found by going up from the logits. It leaves the logits' bits as they were, except behind a DynamicQuantizeLinear,
 * whose scale then spans the picked positions instead of all. Beside them it tells their maxima, where it can: see `tellMaxima`.
 */
export const lastLogits =
  (logits: string): Rewrite =>
  (graph) => {
    const shape = graph.output(logits)?.type?.tensorType?.shape?.dim
    if (graph.opset('') < 11) return leave(`its operator set ${graph.opset('')} has no GatherND; 11 is the first`)
    if (shape?.length !== 3) return leave(`it has no output ${logits} of shape [batch, sequence, vocabulary]`)
    if (Number(shape[1]?.dimValue ?? 0) === 1) return leave('it gives the logits of one position already')
    const head = findHead(graph, logits)
    if ('why' in head) return leave(head.why)
    pick(graph, head)
    const { dimValue, dimParam } = shape[2]!
    const vocabulary = Number(dimValue ?? 0) || (dimParam ?? 'vocab_size')
    graph.reshape(logits, ['logits_count', vocabulary], new Set(head.path))
    tellMaxima(graph, logits, vocabulary)
    return { applied: true, skipped: undefined }
  }

const leave = (skipped: string) => ({ applied: false, skipped })

interface Head {
  readonly projection: Projection
  /** The nodes that read the hidden states. */
  readonly readers: readonly NodeProto[]
  /** Values from there to the logits. */
  readonly path: readonly string[]
}

/** Goes up from the logits, through what is done to each element by itself, to a multiplication by constant weights. */
function findHead(graph: Graph, logits: string): Head | { readonly why: string } {
  const path: string[] = []
  for (let value = logits; ; ) {
    path.push(value)
    const producer = graph.producerOf(value)
    if (producer === undefined) return { why: `no node makes ${value}, on the way up from ${logits}` }
    const projection = projectionEndedBy(graph, producer)
    if (projection !== undefined) {
      if ('why' in projection) return { why: `its head is ${projection.why}` }
      return readersOf(graph, projection, path)
    }
    const next = elementwiseInput(graph, producer)
    if (next === undefined) return { why: `${producer.opType} ${producer.name ?? ''} stands between the head and ${logits}` }
    value = next
  }
}

function readersOf(graph: Graph, projection: Projection, path: readonly string[]): Head | { readonly why: string } {
  const within = new Set(projection.nodes)
  const values = [...path, ...projection.nodes.flatMap((each) => each.output)]
  const along = new Set([...within, ...path.map((value) => graph.producerOf(value))])
  const outsider = values.find((value) => graph.consumersOf(value).some((reader) => !along.has(reader)))
  if (outsider !== undefined) return { why: `${outsider}, on the way to the logits, is read elsewhere too` }
  const readers = graph.consumersOf(projection.input).filter((reader) => within.has(reader))
  if (projection.nodes.some((each) => each.opType === 'Gemm')) return { why: 'its head is a Gemm, over rows of all sequences' }
  return { projection, readers, path: values }
}

const elementwise = new Set(['Add', 'Cast', 'Clip', 'Div', 'Identity', 'Mul', 'Sub', 'Tanh'])

/** The input that an element of the result depends on alone; the others are constants, the same for each position. */
function elementwiseInput(graph: Graph, { opType, input }: NodeProto): string | undefined {
  if (!elementwise.has(opType)) return undefined
  const variable = input.filter((value) => value !== '' && (graph.constant(value)?.shape.length ?? 2) > 1)
  return variable.length === 1 ? variable[0] : undefined
}

function pick(graph: Graph, { projection, readers }: Head): void {
  graph.addInput(LOGITS_POSITIONS, 'int64', ['logits_count', 2])
  const picked = graph.fresh(`${projection.input}/picked`)
  graph.insertBefore(readers[0]!, [node('GatherND', [projection.input, LOGITS_POSITIONS], picked)])
  for (const reader of readers) graph.feed(reader, projection.input, picked)
}
