import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { liveRuns } from '../../engine/index.ts'
import { askMutated, askValid } from '../support/ask-mutated.ts'
import { encoderDoor } from '../support/encoder-door.ts'
import { CohereError, refusalOf } from '../support/graph-door.ts'
import type { ValidRequest } from '../support/mutated.ts'

const test = suite('mutated requests to encoders and rerankers')

const before = liveRuns()
const { ask } = encoderDoor()

const cutting = { truncate_prompt_tokens: 5, truncation_side: 'left', add_special_tokens: false, user: 'u' }
const content = { content: [{ type: 'text', text: 'Hi' }] }

/** Requests that are answered, by their route. */
const valid: readonly ValidRequest[] = [
  ['embeddings', { input: ['Hi', [1, 2]], encoding_format: 'base64', dimensions: 2, ...cutting }],
  ['embeddings', { input: [1, 2, 3], encoding_format: 'float', prompt_name: 'query', input_type: 'query' }],
  ['embeddings', { input: 'Hi', embed_dtype: 'float32', endianness: 'native', use_activation: true }],
  ['embed', { inputs: ['Hi', 'you'], truncate: true, truncation_direction: 'Left', normalize: true, dimensions: 2 }],
  ['embed', { inputs: 'Hi', prompt_name: 'query' }],
  ['embed_all', { inputs: ['Hi', [1, 2]], truncate: false }],
  ['embed_sparse', { inputs: 'Hi' }],
  ['v1/embed', { texts: ['Hi', 'you'], input_type: 'search_query', truncate: 'START' }],
  ['v2/embed', { texts: ['Hi'], embedding_types: ['float', 'int8', 'binary', 'base64'], output_dimension: 2, max_tokens: 5 }],
  ['v2/embed', { inputs: [content, content], input_type: 'clustering', truncate: 'NONE', max_tokens: 5 }],
  ['rerank', { query: 'q', documents: ['a', { text: 'b', title: 'B' }], top_n: 1, return_documents: true }],
  ['v1/rerank', { query: 'q', documents: [{ x: 'b', title: 'B' }], rank_fields: ['title', 'x'], max_chunks_per_doc: 2 }],
  ['v2/rerank', { query: 'q', documents: ['a', 'b'], max_tokens_per_doc: 2, truncate_prompt_tokens: 9, use_activation: false }],
  ['rerank', { query: 'q', texts: ['a', 'b'], raw_scores: true, return_text: true, truncate: true, max_tokens_per_query: 2 }],
  ['score', { text_1: 'q', text_2: ['a', 'b'], use_activation: true }],
  ['score', { queries: ['q', 'r'], items: ['a', 'b'], truncate_prompt_tokens: -1 }],
  ['score', { data_1: ['q'], data_2: 'a' }],
  ['classify', { input: ['Hi', [1, 2]], use_activation: false, ...cutting }],
  ['pooling', { input: ['Hi', [1, 2]], task: 'classify', encoding_format: 'base64', use_activation: false, ...cutting }],
  ['pooling', { input: 'Hi', prompt_name: 'query', truncate: true, encoding_format: 'float' }],
  ['tokenize', { text: ['a', 'b'], max_length: 5, pad_to_max_length: true, padding_side: 'left', add_special_tokens: false }],
  ['tokenize', { prompt: 'Hi', return_token_strs: true }],
  ['detokenize', { tokens: [72, 105] }],
]

test('the requests are answered as they are', () => askValid(valid, ask))

test('however they are changed, they are answered or refused, in the shape of their API', () =>
  askMutated(valid, ask, {
    answer: (_, text) => assert.not.match(text, 'null,null'),
    readRefusal: async (route, response) =>
      /^v[12]\//.test(route) ? CohereError.parse(await response.json()).error : refusalOf(response),
  }))

test('no run is left over', () => {
  assert.is(liveRuns(), before)
})

test.run()
