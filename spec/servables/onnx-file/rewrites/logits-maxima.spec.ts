import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { node } from '../../../../servables/onnx-file/graph.ts'
import { LOGITS_MAXIMA } from '../../../../servables/onnx-file/index.ts'
import { tellMaxima } from '../../../../servables/onnx-file/rewrites/logits-maxima.ts'
import { constant, floats, noise, run, smallGraph } from '../small-models.ts'

const [stretch, vocabulary] = [64, 512]
const stretches = vocabulary / stretch

/** The maxima of some rows of logits. */
const maximaOf = async (logits: Float32Array, opset: number): Promise<readonly number[]> => {
  const graph = smallGraph({
    nodes: [node('Mul', ['x', 'one'], 'y')],
    constants: [constant('one', 'float32', [], Float32Array.of(1))],
    x: ['float32', ['rows', vocabulary]],
    y: ['float32', ['rows', vocabulary]],
    opset,
  })
  tellMaxima(graph, 'y', vocabulary)
  const maxima = await run(graph, { x: floats([logits.length / vocabulary, vocabulary], logits) }, LOGITS_MAXIMA)
  return Array.from(maxima, Number)
}

/** What they should be. */
const highest = (logits: Float32Array): readonly number[] =>
  Array.from({ length: logits.length / stretch }, (_, at) => Math.max(...logits.subarray(at * stretch, (at + 1) * stretch)))

for (const opset of [12, 17, 21]) {
  test(`the highest of each stretch, and NaN wherever in it one NaN stands: operator set ${opset}`, async () => {
    const logits = noise(2 * stretch * vocabulary, 7)
    assert.equal(await maximaOf(logits, opset), highest(logits))
    for (let place = 0; place < stretch; place++) logits[2 * place * vocabulary + (place % stretches) * stretch + place] = NaN
    const expected = highest(logits)
    assert.is(expected.filter(Number.isNaN).length, stretch)
    assert.equal(await maximaOf(logits, opset), expected)
    assert.equal(await maximaOf(logits.subarray(0, vocabulary), opset), expected.slice(0, stretches))
  })
}

test('tokens that can never come, as padding, hide no NaN and are none', async () => {
  const logits = noise(vocabulary, 8)
  logits.fill(Number.NEGATIVE_INFINITY, 0, 2 * stretch + 5)
  logits[2 * stretch - 1] = NaN
  assert.equal(await maximaOf(logits, 21), highest(logits))
})

test.run()
