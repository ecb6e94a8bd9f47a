import { dataTypes } from '../data-types.ts'
import { type Graph, node } from '../graph.ts'

/** The output that rewritten models have beside their logits: the highest of each stretch of them, [n, vocabulary / 64]. */
export const LOGITS_MAXIMA = 'logits_maxima'

/** Logits of which one maximum is told. Most vocabularies are padded to a multiple. */
const STRETCH = 64

/** The operator set since which an operator's axes are an input and no attribute. */
const axesAreInputSince = { ReduceMax: 18, ReduceSum: 13 } as const

/**
 * Lets a language model with logits [n, vocabulary] tell the highest of each 64 of them, so that the likeliest token is found
 * without reading them all: what runs on one core between two steps takes a third of the time on two cores within one. The highest
 * of a stretch that has a NaN is NaN. ReduceMax overlooks some, a sum does not.
 */
export function tellMaxima(graph: Graph, logits: string, vocabulary: number | string): void {
  const type = graph.output(logits)?.type?.tensorType?.elemType
  if (typeof vocabulary !== 'number' || vocabulary % STRETCH !== 0 || type !== dataTypes.float32.code) return
  const count = vocabulary / STRETCH
  const stretches = graph.fresh(`${logits}/stretches`)
  const integers = (name: string, values: readonly number[]) =>
    graph.addConstant(name, 'int64', [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer))
  const reduced = (operator: 'ReduceMax' | 'ReduceSum') => {
    const output = graph.fresh(`${logits}/${operator}`)
    return graph.opset('') < axesAreInputSince[operator]
      ? node(operator, [stretches], output, { axes: [2], keepdims: 0 })
      : node(operator, [stretches, integers(`${output}/axes`, [2])], output, { keepdims: 0 })
  }
  const [highest, sums] = [reduced('ReduceMax'), reduced('ReduceSum')]
  const areBroken = graph.fresh(`${logits}/are_broken`)
  graph.append([
    node('Reshape', [logits, integers(`${logits}/by_stretch`, [0, count, STRETCH])], stretches),
    highest,
    sums,
    node('IsNaN', sums.output, areBroken),
    node('Where', [areBroken, ...sums.output, ...highest.output], LOGITS_MAXIMA),
  ])
  graph.addOutput(LOGITS_MAXIMA, 'float32', ['logits_count', count])
}
