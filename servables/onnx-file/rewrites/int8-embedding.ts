import { dataTypes } from '../data-types.ts'
import { type Graph, integer } from '../graph.ts'
import { flipped, type Matrix, matrixOf } from '../matrices.ts'
import type { NodeProto } from '../model-proto.ts'
import { zeroPoints } from '../quantize.ts'
import type { Int8Weights } from './int8-weights.ts'
import { NodeChain } from './node-chain.ts'

const INPUT_IDS = 'input_ids'

/**
 * Looks token embeddings up in 8-bit weights with one scale a token, where they are floats. An embedding that is the language
 * model's head as well shares the head's weights.
 */
export function embedByInt8(graph: Graph, weights: Int8Weights): void {
  const axes = graph.addConstant('int8/last_axis', 'int64', [1], new Uint8Array(BigInt64Array.of(-1n).buffer))
  const zero = weights.number('int8/weight_zero_point', zeroPoints[weights.type])
  for (const gather of graph.nodes.filter((each) => each.opType === 'Gather')) {
    const embedding = embeddingOf(graph, gather)
    if (embedding === undefined) continue
    const [, tokens = ''] = gather.input
    const chain = new NodeChain(graph, gather.output[0]!)
    // Seen as what turns features into tokens, as the head does, an embedding has one scale a token.
    const { data, scale } = weights.of(flipped(embedding))
    const bytes = chain.add('Gather', [chain.add('Transpose', [data], { perm: [1, 0] }), tokens])
    const stored = chain.add('Cast', [bytes], { to: dataTypes.float32.code })
    const centred = weights.type === 'int8' ? stored : chain.add('Sub', [stored, zero])
    const scales = chain.add('Unsqueeze', [chain.add('Gather', [scale, tokens]), axes])
    chain.cast(chain.add('Mul', [centred, scales]), 'float32', embedding.type)
    graph.replace(gather, chain.ending(gather.output[0]!))
  }
}

/** The matrix [tokens, features] that a Gather looks the model's token ids up in. */
function embeddingOf(graph: Graph, gather: NodeProto): Matrix | undefined {
  const [table = '', tokens = ''] = gather.input
  return tokens === INPUT_IDS && integer(gather, 'axis', 0) === 0 ? matrixOf(graph, table) : undefined
}
