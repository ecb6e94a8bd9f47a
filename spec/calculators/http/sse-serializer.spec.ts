import { createParser } from 'eventsource-parser'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatEvent, wantsStream } from '../../../calculators/http/sse-serializer.ts'
import type { HttpPayload } from '../../../calculators/packets.ts'

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

test.run()
