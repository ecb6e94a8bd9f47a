import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadTokenizer } from '../../servables/tokenizer/index.ts'
import { encoderDoor } from '../support/encoder-door.ts'
import { longestStall } from '../support/longest-stall.ts'

const test = suite('hostile bodies for encoders and rerankers')

const mebibyte = 1024 * 1024
const tokenizer = await loadTokenizer(join(import.meta.dirname, '../fixtures/encoders/bert-rerank'))
const { ask } = encoderDoor({ maxBodyBytes: 16 * mebibyte, sides: { TOKENIZER: tokenizer } })

const list = (text: string, count: number) => `[${Array(count).fill(text).join(',')}]`
const embedding = (input: string) => `{"model":"fake","input":${input}}`
const ranking = (fields: string) => `{"model":"fake","query":"who slept",${fields}}`
const long = (bytes: number) => 'the mill '.repeat(bytes / 9)

/** Each with the status that it must have; bodies are written as text, as no client's library would. */
const bodies: readonly (readonly [string, string, string, number])[] = [
  ['ten megabytes of one string', 'embeddings', embedding(`"${'x'.repeat(10 * mebibyte)}"`), 400],
  ['100,000 texts', 'embeddings', embedding(list('"x"', 100_000)), 400],
  ['2,048 texts of 500 characters', 'embeddings', embedding(list(`"${'x'.repeat(500)}"`, 2048)), 200],
  ['100,000 inputs that are none', 'embeddings', embedding(list('{}', 100_000)), 400],
  ['100,000 lists of a token', 'embeddings', embedding(list('[1]', 100_000)), 400],
  ['100,000 tokens', 'embeddings', embedding(list('1', 100_000)), 400],
  ['100,000 tokens, cut', 'embeddings', `{"model":"fake","input":${list('1', 100_000)},"truncate_prompt_tokens":9}`, 200],
  ['100,000 tokens that are none', 'embeddings', embedding(list('-1', 100_000)), 400],
  ['2,048 lists of tokens that are none', 'classify', embedding(list(list('-1', 50), 2048)), 400],
  ['a long text, cut', 'embed', `{"model":"fake","inputs":"${long(mebibyte)}","truncate":true}`, 200],
  ['a long text, its end', 'v2/embed', `{"model":"fake","texts":["${long(mebibyte)}"],"truncate":"START"}`, 200],
  ['100,000 types', 'v2/embed', `{"model":"fake","texts":["x"],"embedding_types":${list('"float"', 100_000)}}`, 400],
  ['one type 100 times', 'v2/embed', `{"model":"fake","texts":["x"],"embedding_types":${list('"float"', 100)}}`, 400],
  ['100,000 parts', 'v2/embed', `{"model":"fake","inputs":[{"content":${list('{"type":"text","text":"x"}', 100_000)}}]}`, 400],
  ['100,000 documents', 'rerank', ranking(`"documents":${list('"x"', 100_000)}`), 400],
  ['10,000 documents', 'rerank', ranking(`"documents":${list('"the mill"', 10_000)}`), 200],
  ['10,000 documents that are none', 'rerank', ranking(`"documents":${list('5', 10_000)}`), 400],
  ['10,000 documents without text', 'v1/rerank', ranking(`"documents":${list('{"a":"b"}', 10_000)}`), 400],
  [
    '10,000 fields to read',
    'rerank',
    ranking(`"rank_fields":${list('"a"', 10_000)},"documents":${list('{"b":""}', 10_000)}`),
    400,
  ],
  ['a field with a long name', 'rerank', ranking(`"rank_fields":["${'x'.repeat(mebibyte)}"],"documents":[{}]`), 400],
  ['ten megabytes of a document', 'rerank', ranking(`"documents":["${long(10 * mebibyte)}"]`), 400],
  [
    'a long document, of which the beginning is read',
    'rerank',
    ranking(`"documents":["${long(mebibyte)}"],"truncate":true`),
    200,
  ],
  [
    'a long document, of which a token is read',
    'rerank',
    ranking(`"documents":["${long(mebibyte)}"],"truncate_prompt_tokens":6`),
    200,
  ],
  ['no room for a pair', 'rerank', ranking('"documents":["x"],"truncate_prompt_tokens":1'), 400],
  ['a long document in a few pieces', 'rerank', ranking(`"documents":["${long(mebibyte)}"],"max_chunks_per_doc":3`), 200],
  ['a long document in all its pieces', 'rerank', ranking(`"documents":["${long(mebibyte)}"]`), 200],
  [
    'a long query with 10,000 documents',
    'rerank',
    `{"model":"fake","query":"${long(mebibyte)}","documents":${list('"the mill"', 10_000)}}`,
    200,
  ],
  ['2,048 pairs of texts', 'score', `{"model":"fake","text_1":${list('"x"', 2048)},"text_2":${list('"y"', 2048)}}`, 200],
  ['100,000 queries', 'score', `{"model":"fake","queries":${list('"x"', 100_000)},"documents":"y"}`, 400],
  ['keys of prototypes', 'rerank', ranking('"documents":[{"__proto__":{"text":"x"}},{"constructor":"y"}]'), 400],
  ['a prompt that is a prototype’s key', 'embeddings', `{"model":"fake","input":"x","prompt_name":"constructor"}`, 400],
  ['a field that is a prototype’s key', 'rerank', ranking('"rank_fields":["__proto__"],"documents":[{"a":"b"}]'), 400],
  ['half a character', 'embeddings', embedding('"\\ud800"'), 200],
  ['zeros', 'rerank', ranking('"documents":["a\\u0000b"]'), 200],
]
for (const [what, route, body, status] of bodies) {
  test(`${what}: ${status}, soon, and others are answered meanwhile`, async () => {
    const started = performance.now()
    const { result, stall } = await longestStall(() => ask(route, body))
    const text = await result.text()
    assert.is(result.status, status, text.slice(0, 300))
    if (status !== 200) assert.ok(text.length < 3000)
    assert.ok(stall < 2000, `stalled for ${Math.round(stall)} ms`)
    assert.ok(performance.now() - started < 10_000)
  })
}

test.run()
