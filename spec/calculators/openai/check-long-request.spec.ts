import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { longRequestCheck } from '../../../calculators/openai/check-long-request.ts'
import { checkRequest } from '../../../calculators/openai/check-request.ts'

const Body = z
  .object({
    first: z.int().optional(),
    items: z
      .union([
        z.string(),
        z
          .array(z.object({ text: z.string() }))
          .min(1)
          .max(20_000),
      ])
      .optional(),
    last: z.int().optional(),
  })
  .superRefine(({ items, last }, context) => {
    if (items && last === 13) context.addIssue({ code: 'custom', path: ['last'], message: 'must not be 13', input: last })
  })
const check = longRequestCheck(Body, 'items', { other: { why: 'It is another.' } })
const items = (count: number): unknown[] => Array.from({ length: count }, (_, k) => ({ text: String(k), unknown: k }))

test('a list of any length, another alternative, or none is read as the schema reads it', async () => {
  for (const body of [{}, { items: 'text' }, { items: items(3) }, { items: items(512) }, { items: items(5000), last: 1 }])
    assert.equal(await check(body), checkRequest(Body, body))
})

test('whatever is wrong, the first fault of the body is told, as without turns', async () => {
  const broken = items(5000).with(4000, { text: 5 }).with(4500, 'none')
  for (const body of [
    null,
    [],
    { items: broken },
    { items: broken, first: 'x' },
    { items: broken, last: 'x' },
    { items: items(5000), last: 'x' },
    { items: items(5000), last: 13 },
    { items: items(20_001) },
    { items: items(5000), other: 1 },
  ]) {
    const told = (error: { code: string; param: string; message: string }) => [error.code, error.param, error.message]
    const expected = (() => {
      try {
        return checkRequest(Body, body, { other: { why: 'It is another.' } })
      } catch (error) {
        return told(error as never)
      }
    })()
    assert.equal(await check(body).catch(told), expected)
  }
})

test('others have their turn while a long list is checked', async () => {
  const body = { items: items(20_000) }
  let turns = 0
  const checked = check(body)
  const count = () => {
    turns++
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  await checked
  clearImmediate(timer)
  assert.ok(turns >= 39, String(turns))
})

test.run()
