import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseJson, parseLongJson } from '../../../cli/http/json.ts'
import { EngineError } from '../../../engine/index.ts'

const fault = (text: string): EngineError => {
  try {
    parseJson(text)
  } catch (error) {
    if (error instanceof EngineError) return error
  }
  throw new Error(`no fault in ${text}`)
}

for (const [text, offset] of [
  ['{', 1],
  ['{"a"', 4],
  ['{"a":', 5],
  ['{"a":1', 6],
  ['{"a":1,}', 7],
  ['{a:1}', 1],
  ["{'a':1}", 1],
  ['[1,2', 4],
  ['[1 2]', 3],
  ['[1,]', 3],
  ['{} {}', 3],
  ['nul', 0],
  ['01', 1],
  ['1.', 1],
  ['"abc', 0],
  ['"a\nb"', 0],
  ['"\\x"', 0],
  [']', 0],
  ['', 0],
  ['{"a":tru}', 5],
] as const) {
  test(`says where ${JSON.stringify(text)} stops being JSON`, () => {
    const error = fault(text)
    assert.is(error.code, 'invalid_json')
    assert.match(error.message, `(offset ${offset})`)
  })
}

test('counts lines and columns', () => {
  assert.match(fault('{\n  "a": 1,\n  b\n}').message, 'line 3, column 3')
})

test('accepts 64 levels and refuses 65', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  assert.ok(parseJson(nested(64)))
  assert.is(fault(nested(65)).code, 'invalid_json')
  assert.is(fault('['.repeat(1_000_000)).code, 'invalid_json')
})

test('brackets within strings do not nest', () => {
  assert.equal(parseJson(JSON.stringify({ text: '['.repeat(1000), quote: '\\"['.repeat(100) })), {
    text: '['.repeat(1000),
    quote: '\\"['.repeat(100),
  })
})

test('refuses more values than any request has', () => {
  assert.is(fault(`[${'1,'.repeat(300_000)}1]`).code, 'invalid_json')
})

test('refuses more fields than any object has, and counts those of each alone', () => {
  const fields = (count: number) => `{${Array.from({ length: count }, (_, index) => `"${index}":0`).join()}}`
  assert.is(Object.keys(parseJson(fields(4096)) as object).length, 4096)
  assert.is((parseJson(`[${fields(3000)},${fields(3000)}]`) as unknown[]).length, 2)
  assert.match(fault(`{"a":[1,2],"b":${fields(4097)}}`).message, 'more than 4096 fields')
})

test('reads what JSON.parse reads, and names an offset within whatever it refuses', () => {
  const texts = fc.oneof(
    fc.json(),
    fc.string(),
    fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(([json, at, put]) => {
      const place = json.length === 0 ? 0 : at % json.length
      return json.slice(0, place) + put + json.slice(place + 1)
    }),
  )
  fc.assert(
    fc.property(texts, (text) => {
      let expected: { value: unknown } | undefined
      try {
        expected = { value: JSON.parse(text) }
      } catch {
        expected = undefined
      }
      if (expected) return assert.equal(parseJson(text), expected.value)
      const offset = Number(/offset (\d+)/.exec(fault(text).message)?.[1])
      assert.ok(offset <= text.length)
      assert.not.match(fault(text).message, 'the end expected at line 1, column 1 (offset 0)')
    }),
    { numRuns: 2000 },
  )
})

test('reads a long text in parts, and finds the same in it, or the same fault', async () => {
  const lists = fc.array(
    fc.tuple(fc.constantFrom('a', 'b', '__proto__', '1'), fc.array(fc.json({ maxDepth: 2 }), { maxLength: 9 })),
  )
  const texts = fc
    .tuple(lists, fc.nat(), fc.constantFrom('', '', ',', ']', '}', '[', '{', '"', ' ', ':', ',,'), fc.nat(3))
    .map(([members, at, put, gone]) => {
      const json = `{${members.map(([key, elements]) => `"${key}":[${elements.join()}]`).join()}}`
      const place = at % json.length
      return json.slice(0, place) + put + json.slice(put === '' ? place : place + gone)
    })
  const outcome = async (parse: () => unknown) => {
    try {
      return JSON.stringify(await parse())
    } catch (error) {
      return String(error)
    }
  }
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 20 }), async (text, part) => {
      assert.is(await outcome(() => parseLongJson(text, part)), await outcome(() => parseJson(text)))
    }),
    { numRuns: 2000 },
  )
  assert.equal(await parseLongJson('{"a":[1,2,3,4,5]}', 2), { a: [1, 2, 3, 4, 5] })
  assert.is(await outcome(() => parseLongJson('{"a":[1,    ,3]}', 2)), await outcome(() => parseJson('{"a":[1,    ,3]}')))
})

test('of a key that comes twice the last counts', () => {
  assert.equal(parseJson('{"a": 1, "b": 2, "a": 3}'), { a: 3, b: 2 })
})

test('says that NaN and Infinity are not JSON', () => {
  for (const text of ['{"a": NaN}', '[-Infinity]', 'Infinity']) assert.match(fault(text).message, 'JSON has no NaN')
  assert.not.match(fault('[Nan]').message, 'JSON has no NaN')
})

test.run()
