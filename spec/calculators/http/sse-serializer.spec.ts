import { createParser } from 'eventsource-parser'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { JsonSerializerCalculator } from '../../../calculators/http/json-serializer.ts'
import { formatEvent, SseSerializerCalculator, wantsStream } from '../../../calculators/http/sse-serializer.ts'
import type { HttpBody, HttpPayload } from '../../../calculators/packets.ts'
import { runCalculator } from '../../support/run-calculator.ts'

const payload = (fields: Partial<HttpPayload>): HttpPayload => ({
  method: 'POST',
  route: 'chat/completions',
  headers: {},
  json: undefined,
  form: undefined,
  model: 'm',
  requestId: '1',
  ...fields,
})

test('an event reads back as its object', () => {
  const values = [{ text: 'two\nlines\r\nand \u2028 more' }, 'text', null, [1, 2]]
  const events: unknown[] = []
  const parser = createParser({ onEvent: ({ event, data }) => events.push([event, JSON.parse(data)]) })
  for (const data of values) parser.feed(formatEvent({ data }))
  parser.feed(formatEvent({ data: 1, event: 'response.created' }))
  assert.equal(events, [...values.map((data) => [undefined, data]), ['response.created', 1]])
})

test('streams only when the request says true', () => {
  assert.ok(wantsStream(payload({ json: { stream: true } })))
  assert.not(wantsStream(payload({ json: { stream: 'true' } })))
  assert.not(wantsStream(payload({ json: {} })))
  assert.not(wantsStream(payload({})))
  const form = new FormData()
  form.set('stream', 'true')
  assert.ok(wantsStream(payload({ form })))
})

const serialize = async (stream: boolean, objects: readonly object[], options: object) => {
  const inputs = { OBJECT: objects, PAYLOAD: [payload({ json: { stream } })] }
  const { BODY } = await runCalculator<{ BODY: HttpBody }>(SseSerializerCalculator, { inputs, options })
  return BODY.map(({ value }) => [value.contentType, value.data])
}

test('writes an event per object, and a last one by option', async () => {
  const events = [
    ['text/event-stream', 'data: {"a":1}\n\n'],
    ['text/event-stream', 'event: end\ndata: {"a":2}\n\n'],
  ]
  const objects = [{ data: { a: 1 } }, { data: { a: 2 }, event: 'end' }]
  assert.equal(await serialize(true, objects, {}), events)
  assert.equal(await serialize(true, objects, { done: true }), [...events, ['text/event-stream', 'data: [DONE]\n\n']])
})

test('writes plain JSON when nobody streams', async () => {
  assert.equal(await serialize(false, [{ data: { a: 1 } }], { done: true }), [['application/json', '{"a":1}']])
})

test('a stream may have no events', async () => {
  assert.equal(await serialize(true, [], { done: true }), [['text/event-stream', 'data: [DONE]\n\n']])
  assert.equal(await serialize(true, [], {}), [['text/event-stream', '']])
  assert.equal(await serialize(false, [], { done: true }), [])
})

test('an object that comes before its payload is a fault of the graph', async () => {
  const inputs = { OBJECT: [{ data: 1 }], PAYLOAD: [{ value: payload({}), timestamp: 5 }] }
  const error = await runCalculator(SseSerializerCalculator, { inputs }).catch((thrown) => thrown)
  assert.is(error.code, 'bad_graph')
})

test('an answer that is no stream is one object', async () => {
  const error = await serialize(false, [{ data: 1 }, { data: 2 }], {}).catch((thrown) => thrown)
  assert.is(error.code, 'bad_graph')
})

test('the JSON serializer writes JSON, whatever the request says', async () => {
  const { BODY } = await runCalculator(JsonSerializerCalculator, { inputs: { OBJECT: [{ value: { data: [1] }, timestamp: 4 }] } })
  assert.equal(BODY, [{ value: { contentType: 'application/json', data: '[1]' }, timestamp: 4 }])
})

test.run()
