import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { checkRequest } from '../../../calculators/openai/check-request.ts'

test('of what tells alternatives apart only values are told, also where one may be left out', () => {
  const message = z.object({ type: z.literal('message').optional() })
  const item = z.discriminatedUnion('type', [message, z.object({ type: z.literal('call') })])
  assert.throws(
    () => checkRequest(z.object({ item }), { item: { type: 'foo' } }),
    (error: Error) => error.message === 'item.type must be one of "message", "call"; got "foo".',
  )
})

test.run()
