import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../engine/index.ts'
import { plainFormat } from '../../servables/answer-format/index.ts'
import { byteTokenizer, type FakeLlm, fakeLlm, lineTemplate, payloadOf } from '../support/fakes.ts'
import { bodiesOf, libraryGraph } from '../support/run-graph.ts'

const graphs = { chat: await libraryGraph('chat/completions'), completions: await libraryGraph('completions') }
const messages = [{ role: 'user', content: 'Hi' }]

interface Reply {
  readonly choices: readonly {
    readonly index: number
    readonly text: string
    readonly message: { readonly content: string }
    readonly finish_reason: string
    readonly logprobs: { readonly content: readonly { readonly logprob: number }[] } | null
  }[]
  readonly usage: { readonly completion_tokens: number; readonly prompt_tokens: number }
}

const ask = async (route: keyof typeof graphs, json: object, llm: FakeLlm): Promise<Reply> => {
  const sides = {
    LLM: llm,
    TOKENIZER: byteTokenizer,
    ...(route === 'chat' && { CHAT_TEMPLATE: lineTemplate, ANSWER_FORMAT: plainFormat }),
  }
  const [body] = await bodiesOf(graphs[route], payloadOf(json), sides)
  return JSON.parse(body!.data)
}
/** The fake model holds a byte the likelier the lower it is. */
const among = (...answers: readonly string[]) => fakeLlm((choice) => answers[choice]!)

test('the answers with the highest logprob per token are given, the best first, and all that were made are counted', async () => {
  const llm = among('mmmm', 'z', 'aaaaaa', '', 'c')
  const { choices, usage } = await ask('chat', { messages, n: 2, best_of: 5 }, llm)
  assert.equal(
    choices.map(({ index, message, logprobs, finish_reason }) => [index, message.content, logprobs, finish_reason]),
    [
      [0, 'aaaaaa', null, 'stop'],
      [1, 'c', null, 'stop'],
    ],
  )
  assert.is(usage.completion_tokens, 12)
  assert.equal([llm.requests[0]!.params.n, llm.requests[0]!.params.bestOf], [2, 5])
})

test('each prompt has its own best', async () => {
  const llm = among('m', 'a', 'z', 'b', 'b', 'c')
  const { choices, usage } = await ask('completions', { prompt: ['x', 'yy'], best_of: 3 }, llm)
  assert.equal(
    choices.map(({ index, text }) => [index, text]),
    [
      [0, 'a'],
      [1, 'b'],
    ],
  )
  assert.equal([usage.prompt_tokens, usage.completion_tokens], [5, 6])
})

test('what counts is the answer up to its stop string; an empty answer is the last choice', async () => {
  const llm = among('a\u007f\u007f\u007f|', 'ab|zzzzz', '')
  const { choices } = await ask('chat', { messages, n: 3, best_of: 3, stop: '|' }, llm)
  assert.equal(
    choices.map(({ message }) => message.content),
    ['a\u007f\u007f\u007f', 'ab', ''],
  )
  const best = await ask('chat', { messages, n: 2, best_of: 3, stop: '|' }, among('a\u007f\u007f\u007f|', 'ab|zzzzz', ''))
  assert.equal(
    best.choices.map(({ message }) => message.content),
    ['ab', 'a\u007f\u007f\u007f'],
  )
})

test('logprobs are told if they are asked for', async () => {
  const { choices } = await ask('chat', { messages, best_of: 2, logprobs: true }, among('zz', 'aaa'))
  assert.is(choices[0]!.logprobs!.content.length, 3)
})

test('a beam search is asked of the model, whose answers are all given', async () => {
  const llm = among('one', 'two')
  const search = { n: 2, best_of: 4, temperature: 0, length_penalty: 0.5, early_stopping: true }
  const { choices, usage } = await ask('completions', { prompt: 'x', ...search }, llm)
  assert.equal(
    choices.map(({ text }) => text),
    ['one', 'two'],
  )
  assert.is(usage.completion_tokens, 6)
  const { beamSearch, bestOf, n } = llm.requests[0]!.params
  assert.equal([beamSearch, bestOf, n], [{ beams: 4, lengthPenalty: 0.5, earlyStopping: true }, undefined, 2])
})

test('what cannot be streamed, and what does not go together, is refused by name', async () => {
  for (const [route, fields, param] of [
    ['chat', { best_of: 2, stream: true }, 'best_of'],
    ['chat', { best_of: 2, temperature: 0, stream: true }, 'stream'],
    ['chat', { n: 3, best_of: 2 }, 'n'],
    ['completions', { best_of: 2, stream: true }, 'best_of'],
    ['completions', { best_of: 2, temperature: 0, stop: ['a'] }, 'stop'],
    ['completions', { best_of: 2, temperature: 0, max_tokens: 0, echo: true }, 'max_tokens'],
    ['completions', { length_penalty: 2 }, 'length_penalty'],
  ] as const) {
    const body = route === 'chat' ? { messages, ...fields } : { prompt: 'x', ...fields }
    const fault = await ask(route, body, among('a')).then(
      () => assert.unreachable(JSON.stringify(fields)) as never,
      (error: EngineError) => error,
    )
    assert.equal([fault.code, fault.param], ['invalid_value', param], JSON.stringify(fields))
  }
})

test.run()
