import { externalDataOf } from '../constants.ts'
import { type Graph, integer } from '../graph.ts'
import type { NodeProto } from '../model-proto.ts'
import type { Outcome } from './rewrite.ts'

/**
 * Lets weights in another shape be the same bytes of the same file. The model builder's tied embeddings of 4 bits are the head's
 * weights behind a Reshape, which ONNX Runtime computes when it loads the model: a copy in memory, of which few rows are read.
 */
export function sharedWeights(graph: Graph): Outcome {
  const reshapes = graph.nodes.filter((node) => node.opType === 'Reshape' && isOfFile(graph, node.input[0]!))
  const shapes = reshapes.map((node) => [node, shapeOf(graph, node)] as const)
  const known = shapes.filter(
    (each): each is [NodeProto, number[]] => each[1] !== undefined && !graph.isOutput(each[0].output[0]!),
  )
  for (const [node, shape] of known) {
    graph.replace(node, [])
    graph.addShaped(node.output[0]!, shape, node.input[0]!)
  }
  if (known.length > 0) graph.prune()
  return { applied: known.length > 0, skipped: undefined }
}

function isOfFile(graph: Graph, value: string): boolean {
  const proto = graph.initializer(value)
  return proto !== undefined && externalDataOf(proto) !== undefined
}

/** What a Reshape makes of a constant: 0 stands for the dimension that was there, -1 for what is left over. */
function shapeOf(graph: Graph, node: NodeProto): number[] | undefined {
  const [data, wanted] = node.input.map((value) => graph.constant(value))
  const bytes = wanted?.inline
  if (data === undefined || bytes === undefined) return undefined
  const sizes = Array.from(new BigInt64Array(Uint8Array.from(bytes).buffer), Number)
  const filled = sizes.map((size, axis) => (size === 0 && integer(node, 'allowzero', 0) === 0 ? data.shape[axis]! : size))
  const rest = filled.reduce((product, size) => (size < 0 ? product : product * size), 1)
  return filled.map((size) => (size < 0 ? data.size / rest : size))
}
