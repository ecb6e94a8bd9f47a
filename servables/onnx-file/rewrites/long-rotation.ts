import type { Graph } from '../graph.ts'
import type { GraphProto, NodeProto } from '../model-proto.ts'
import type { Outcome } from './rewrite.ts'

/**
 * Rotates all positions by LongRoPE's factors for long texts. The model builder's files choose in each run between two tables of
 * angles: an `If` on whether the longest row of the batch has more tokens than the original length. So a token's keys would depend
 * on its company, and on how long the text was when they were computed. Where texts may outgrow the original length, vLLM takes
 * the factors for long ones throughout; so does this.
 */
export function longRotation(graph: Graph): Outcome {
  for (const node of graph.nodes) {
    const tables = tablesForLongTexts(graph, node)
    if (tables === undefined) continue
    graph.replace(node, tables)
    graph.prune()
    return { applied: true, skipped: undefined }
  }
  return { applied: false, skipped: 'it has no choice between tables of angles, so long texts are rotated as short ones' }
}

/** If the node chooses constants by a length that is greater than another: those chosen then, in the node's place. */
function tablesForLongTexts(graph: Graph, node: NodeProto): readonly NodeProto[] | undefined {
  const condition = node.opType === 'If' ? graph.producerOf(node.input[0]!) : undefined
  if (condition?.opType !== 'Greater' || graph.constant(condition.input[1]!) === undefined) return undefined
  const chosen = node.attribute?.find(({ name }) => name === 'then_branch')?.g
  const tables = node.output.map((value, index) => chosen && constantIn(chosen, index, value))
  return tables.every((table) => table !== undefined) ? tables : undefined
}

/** The Constant node that makes a branch's result, named anew. */
function constantIn(branch: GraphProto, result: number, value: string): NodeProto | undefined {
  const producer = branch.node.find(({ output }) => output[0] === branch.output[result]?.name)
  return producer?.opType === 'Constant' ? { ...producer, output: [value] } : undefined
}
