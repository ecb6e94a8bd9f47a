import type { Graph } from '../graph.ts'
import type { FloatType } from '../matrices.ts'
import type { NodeProto } from '../model-proto.ts'
import { type Projection, projectionEndedBy } from '../projections.ts'
import type { WeightType } from '../quantize.ts'
import { embedByInt8 } from './int8-embedding.ts'
import { Int8Weights } from './int8-weights.ts'
import { NodeChain } from './node-chain.ts'
import type { Outcome } from './rewrite.ts'

/**
 * Multiplies by 8-bit weights, with a scale of its own for each row of activations, so that a row's result does not depend on
 * the rows beside it: the row is divided by max|row| / 127, rounded, multiplied by com.microsoft.MatMulIntegerToFloat, and
 * multiplied back. Float and block-quantized weights (MatMulNBits) become symmetric 8-bit weights with one scale an output, and
 * a float token embedding likewise with one a token; the weights of dynamically quantized models (DynamicQuantizeLinear,
 * MatMulInteger) stay the numbers they are.
 */
export function perTokenInt8(graph: Graph, weightType: WeightType): Outcome {
  if (graph.opset('') < 13)
    return { applied: false, skipped: `its operator set is ${graph.opset('')}; 13 is the first that serves` }
  const found = graph.nodes.map((each) => [each, projectionEndedBy(graph, each)] as const)
  const projections = found.filter((each): each is [NodeProto, Projection] => each[1] !== undefined && 'weights' in each[1])
  const reasons = found.flatMap(([, each]) => (each !== undefined && 'why' in each ? [each.why] : []))
  if (projections.length === 0)
    return { applied: false, skipped: whyNot(reasons) ?? 'it has no multiplication by constant weights' }
  const weights = new Int8Weights(graph, weightType)
  const rows = new QuantizedRows(graph, weights)
  for (const [last, projection] of projections) graph.replace(last, multiply(graph, projection, rows, weights))
  embedByInt8(graph, weights)
  graph.useMicrosoftOperators()
  graph.prune()
  return { applied: true, skipped: whyNot([...reasons, ...dependentOnCompany(graph)]) }
}

const whyNot = (reasons: readonly string[]): string | undefined =>
  reasons.length === 0 ? undefined : `left as it was: ${[...new Set(reasons)].join('; ')}`

function dependentOnCompany(graph: Graph): string[] {
  const dynamic = graph.nodes.filter(({ opType }) => opType.startsWith('DynamicQuantize'))
  return dynamic.length === 0
    ? []
    : [`${dynamic.length} × ${dynamic[0]!.opType}, whose one scale makes answers depend on the rest of the batch`]
}

function multiply(graph: Graph, projection: Projection, rows: QuantizedRows, weights: Int8Weights): readonly NodeProto[] {
  const { input, output, type, bias } = projection
  const chain = new NodeChain(graph, output)
  const { quantized, scale } = rows.of(input, type, chain)
  const by = 'matrix' in projection.weights ? weights.of(projection.weights.matrix) : weights.as(projection.weights)
  const byScale = chain.cast(by.scale, by.scaleType, 'float32')
  const product = chain.add('MatMulIntegerToFloat', [
    quantized,
    by.data,
    weights.one,
    byScale,
    weights.activationZeroPoint,
    by.zeroPoint,
  ])
  const result = chain.cast(chain.add('Mul', [product, scale]), 'float32', type)
  if (bias !== undefined) chain.add('Add', [result, bias])
  return chain.ending(output)
}

/**
 * Rows of activations as bytes with one scale a row. What several projections read is quantized once. A row of zeros needs no
 * care: 0 / 0 becomes some byte or other, whose products are multiplied back by the row's scale, 0.
 */
class QuantizedRows {
  readonly #graph: Graph
  readonly #weights: Int8Weights
  readonly #known = new Map<string, { readonly quantized: string; readonly scale: string }>()
  readonly #inverse: string
  readonly #axes: string

  constructor(graph: Graph, weights: Int8Weights) {
    this.#graph = graph
    this.#weights = weights
    this.#inverse = weights.number('int8/inverse', 1 / 127)
    this.#axes = graph.addConstant('int8/axes', 'int64', [1], new Uint8Array(BigInt64Array.of(-1n).buffer))
  }

  of(input: string, type: FloatType, chain: NodeChain) {
    const known = this.#known.get(input)
    if (known !== undefined) return known
    const { one, activationZeroPoint } = this.#weights
    const rows = chain.cast(input, type, 'float32')
    const largest = this.#largest(chain.add('Abs', [rows]), chain)
    const scale = chain.add('Mul', [largest, this.#inverse])
    const quantized = chain.add('QuantizeLinear', [chain.add('Div', [rows, scale]), one, activationZeroPoint])
    const result = { quantized, scale }
    this.#known.set(input, result)
    return result
  }

  /** Of each row; its axes are an input since operator set 18. */
  #largest(sizes: string, chain: NodeChain): string {
    return this.#graph.opset('') < 18
      ? chain.add('ReduceMax', [sizes], { axes: [-1], keepdims: 1 })
      : chain.add('ReduceMax', [sizes, this.#axes], { keepdims: 1 })
  }
}
