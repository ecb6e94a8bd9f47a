import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { refusalOf } from '../support/graph-door.ts'
import { longestStall } from '../support/longest-stall.ts'
import { textDoor } from '../support/text-door.ts'

const test = suite('hostile bodies')

const mebibyte = 1024 * 1024
const { ask } = textDoor({ maxBodyBytes: 16 * mebibyte })

const chatted = (fields: string) => `{"model":"fake","messages":[{"role":"user","content":"Hi"}],${fields}}`
const prompted = (prompt: string) => `{"model":"fake","prompt":${prompt}}`
const repeated = (text: string, count: number) => Array(count).fill(text).join(',')

/** Each with the status that it must have; bodies are written as text, as no client's library would. */
const bodies: readonly (readonly [string, string, string, number])[] = [
  ['ten megabytes of [', 'chat/completions', '['.repeat(10 * mebibyte), 400],
  ['ten megabytes of {"a":', 'completions', '{"a":'.repeat(2 * mebibyte), 400],
  ['ten megabytes of [],', 'chat/completions', chatted(`"a":[${repeated('[]', 3 * mebibyte)}]`), 400],
  ['ten megabytes of one string', 'completions', prompted(`"${'x'.repeat(10 * mebibyte)}"`), 400],
  ['ten megabytes of a stop string', 'chat/completions', chatted(`"stop":"${'x'.repeat(10 * mebibyte)}"`), 400],
  ['ten megabytes in a field nobody knows', 'chat/completions', chatted(`"x":"${'x'.repeat(10 * mebibyte)}"`), 200],
  [
    'a template variable that nests as deep as it may',
    'chat/completions',
    chatted(`"chat_template_kwargs":${'{"a":'.repeat(60)}1${'}'.repeat(60)}`),
    200,
  ],
  ['100,000 messages', 'chat/completions', `{"model":"fake","messages":[${repeated('{}', 100_000)}]}`, 400],
  ['100,000 tools', 'chat/completions', chatted(`"tools":[${repeated('{}', 100_000)}]`), 400],
  [
    '100,000 parts of a message',
    'chat/completions',
    `{"model":"fake","messages":[{"role":"user","content":[${repeated('{}', 100_000)}]}]}`,
    400,
  ],
  [
    '2,000 messages of 90 parts that are none',
    'chat/completions',
    `{"model":"fake","messages":[${repeated(`{"role":"user","content":[${repeated('5', 90)}]}`, 2000)}]}`,
    400,
  ],
  [
    '100,000 biases',
    'chat/completions',
    chatted(`"logit_bias":{${Array.from({ length: 100_000 }, (_, id) => `"${id}":"x"`).join()}}`),
    400,
  ],
  ['100,000 fields', 'chat/completions', chatted(Array.from({ length: 100_000 }, (_, id) => `"f${id}":1`).join()), 400],
  ['100,000 stop strings', 'completions', `{"model":"fake","prompt":"Hi","stop":[${repeated('"x"', 100_000)}]}`, 400],
  ['100,000 prompts', 'completions', prompted(`[${repeated('"x"', 100_000)}]`), 400],
  ['100,000 prompts that are none', 'completions', prompted(`[${repeated('{}', 100_000)}]`), 400],
  ['100,000 prompts of a token', 'completions', prompted(`[${repeated('[1]', 90_000)}]`), 400],
  ['100,000 tokens', 'completions', prompted(`[${repeated('1', 100_000)}]`), 400],
  ['100,000 tokens that are none', 'completions', prompted(`[${repeated('-1', 100_000)}]`), 400],
  ['100,000 tokens that are none, to read', 'detokenize', `{"model":"fake","tokens":[${repeated('-1', 100_000)}]}`, 400],
  ['100,000 texts', 'tokenize', `{"model":"fake","text":[${repeated('"x"', 100_000)}]}`, 400],
  ['100,000 documents', 'chat/completions', chatted(`"documents":[${repeated('{}', 100_000)}]`), 400],
  [
    'keys of prototypes',
    'chat/completions',
    chatted('"__proto__":{"stream":true,"n":0},"constructor":{"prototype":{"n":0}},"toString":1,"hasOwnProperty":1'),
    200,
  ],
  ['keys of prototypes for names', 'chat/completions', chatted('"logit_bias":{"__proto__":1,"constructor":2}'), 400],
  [
    'keys of prototypes for variables',
    'chat/completions',
    chatted('"chat_template_kwargs":{"__proto__":{"messages":[]},"constructor":1,"toString":"x"}'),
    200,
  ],
  [
    'a model that is a prototype’s key',
    'chat/completions',
    '{"model":"__proto__","messages":[{"role":"user","content":"Hi"}]}',
    404,
  ],
  [
    'a role that is a prototype’s key',
    'chat/completions',
    '{"model":"fake","messages":[{"role":"constructor","content":"Hi"}]}',
    400,
  ],
  [
    'half a character',
    'chat/completions',
    '{"model":"fake","messages":[{"role":"user","content":"\\ud800"}],"stop":"\\udc00"}',
    200,
  ],
  ['half a character to complete', 'completions', prompted('"\\ud83d"'), 200],
  [
    'zeros',
    'chat/completions',
    '{"model":"fake","messages":[{"role":"user","content":"a\\u0000b"}],"stop":"\\u0000","user":"\\u0000"}',
    200,
  ],
  ['a zero amid the body', 'completions', prompted('"a\u0000b"'), 400],
  ['a number beyond all', 'chat/completions', chatted('"seed":1e999'), 400],
  ['a number below all', 'chat/completions', chatted('"logit_bias":{"5":-1e999}'), 400],
  ['a number with a million digits', 'chat/completions', chatted(`"n":${'9'.repeat(1_000_000)}`), 400],
  ['a key that comes twice', 'chat/completions', chatted('"n":0,"n":1'), 200],
  ['a key that comes twice, the last one wrong', 'chat/completions', chatted('"n":1,"n":0'), 400],
  ['100,000 items', 'responses', `{"model":"fake","input":[${repeated('{}', 100_000)}]}`, 400],
  [
    'ten megabytes of an item',
    'responses',
    `{"model":"fake","input":[{"role":"user","content":"${'x'.repeat(10 * mebibyte)}"}]}`,
    400,
  ],
  [
    'an item whose type is a prototype’s key',
    'responses',
    '{"model":"fake","input":[{"type":"__proto__"},{"type":"constructor"}]}',
    400,
  ],
  [
    '2,000 items of one answer',
    'responses',
    `{"model":"fake","input":[${repeated('{"role":"assistant","content":"x"}', 2000)}]}`,
    400,
  ],
  [
    '2,000 calls',
    'responses',
    `{"model":"fake","input":[${repeated('{"type":"function_call","call_id":"a","name":"f","arguments":"{}"}', 2000)}]}`,
    400,
  ],
  ['100,000 tokens to detokenize', 'detokenize', `{"model":"fake","tokens":[${repeated('120', 100_000)}]}`, 200],
  ['a million spaces', 'completions', prompted(`"Hi"${' '.repeat(mebibyte)}`), 200],
]
for (const [what, route, body, status] of bodies) {
  test(`${what}: ${status}, soon, and others are answered meanwhile`, async () => {
    const started = performance.now()
    const { result, stall } = await longestStall(() => ask(route, body))
    if (status === 200) await result.json()
    else await refusalOf(result)
    assert.is(result.status, status)
    assert.ok(stall < 2000, `stalled for ${Math.round(stall)} ms`)
    assert.ok(performance.now() - started < 10_000)
  })
}

test('what was sent has changed no prototype', () => {
  for (const name of ['stream', 'n', 'messages']) assert.not(name in {})
})

test.run()
