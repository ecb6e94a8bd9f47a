import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { graphSchema } from '../../engine/graph-schema.ts'
import { isMap } from '../../engine/place.ts'
import { registry } from '../fixtures/graphs/calculators.ts'

const schema = graphSchema(registry, ['GenerateText'])
const at = (...path: (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], schema)
const branch = (name: string) =>
  (at('$defs', 'node', 'allOf') as { if: { properties: { calculator: { const: string } } }; then: unknown }[]).find(
    (each) => each.if.properties.calculator.const === name,
  )!.then as { required: string[]; properties: Record<string, unknown> }

test('is a JSON Schema that speaks of every field of a graph and of a node', () => {
  assert.is(at('$schema'), 'https://json-schema.org/draft/2020-12/schema')
  for (const field of ['type', 'node', 'input_stream', 'output_side_packet', 'max_queue_size', 'num_threads'])
    assert.ok(at('properties', field), field)
  for (const field of ['calculator', 'name', 'options', 'input_stream_info', 'max_in_flight', 'buffer_size_hint'])
    assert.ok(at('$defs', 'node', 'properties', field), field)
  assert.is(at('additionalProperties'), false)
  assert.equal(JSON.parse(JSON.stringify(schema)), schema)
})

test('every reference leads somewhere', () => {
  const references = JSON.stringify(schema).matchAll(/"\$ref":"#\/([^"]+)"/g)
  for (const [, path] of references) assert.ok(isMap(at(...path!.split('/'))), path)
})

test('offers the calculators and subgraphs by name, and takes others', () => {
  const [names, other] = at('$defs', 'node', 'properties', 'calculator', 'anyOf') as [{ enum: string[] }, unknown]
  assert.ok(names.enum.includes('TokenizerCalculator') && names.enum.includes('GenerateText'))
  assert.equal(other, { type: 'string' })
})

test("a calculator's node has its ports and its options, closed", () => {
  const { required, properties } = branch('DetokenizerCalculator')
  assert.equal(required, ['input_stream', 'output_stream', 'input_side_packet'])
  const options = properties.options as { additionalProperties: boolean; properties: { stop: { additionalProperties: boolean } } }
  assert.is(options.additionalProperties, false)
  assert.is(options.properties.stop.additionalProperties, false)
  const [map] = (properties.input_stream as { anyOf: [{ required: string[]; properties: Record<string, unknown> }] }).anyOf
  assert.equal(map.required, ['TOKENS'])
  assert.equal(Object.keys(map.properties), ['TOKENS', 'SAMPLING'])
  assert.equal(branch('MakeTokenizerCalculator').properties.options, {
    description: 'MakeTokenizerCalculator has no options.',
    type: 'object',
    maxProperties: 0,
  })
})

test('options that refer to themselves refer to themselves alone', () => {
  const tree: z.ZodType = z.lazy(() => z.object({ children: z.array(tree).optional() }))
  const made = graphSchema({ TreeCalculator: { contract: { options: z.object({ tree }) }, open: () => ({ process() {} }) } })
  assert.match(JSON.stringify(made), '"$id":"TreeCalculator.options"')
})

test.run()
