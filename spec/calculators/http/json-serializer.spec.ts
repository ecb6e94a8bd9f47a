import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { JsonSerializerCalculator } from '../../../calculators/http/json-serializer.ts'
import type { HttpBody } from '../../../calculators/packets.ts'
import { runCalculator } from '../../support/run-calculator.ts'

async function serialize(data: unknown): Promise<string> {
  const { BODY } = await runCalculator<{ BODY: HttpBody }>(JsonSerializerCalculator, { inputs: { OBJECT: [{ data }] } })
  assert.is(BODY[0]?.value.contentType, 'application/json')
  return String(BODY[0]?.value.data)
}

test('objects with lists of any length are written as JSON.stringify writes them', async () => {
  const list = fc.array(fc.oneof(fc.jsonValue(), fc.constant(undefined)), { maxLength: 100, size: 'max' })
  const nested = fc.dictionary(fc.string(), fc.oneof(list, fc.jsonValue(), fc.constant(undefined)), { maxKeys: 4 })
  const data = fc.oneof(list, nested, fc.dictionary(fc.string(), fc.oneof(nested, list), { maxKeys: 3 }), fc.jsonValue())
  await fc.assert(
    fc.asyncProperty(data, async (value) => assert.is(await serialize(value), JSON.stringify(value))),
    { numRuns: 60 },
  )
})

test('vectors are lists of numbers, wherever an answer has them', async () => {
  const vector = Float32Array.of(0.25, -1)
  const many = Array.from({ length: 40 }, (_, index) => ({ index, embedding: vector }))
  for (const data of [vector, [vector, vector], [[vector]], { data: many }, { embeddings: { float: [vector] }, id: undefined }]) {
    const plain = JSON.stringify(data, (_, value) => (value instanceof Float32Array ? [...value] : value))
    assert.is(await serialize(data), plain)
  }
})

test.run()
