import { join } from 'node:path'
import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { configure } from '../../cli/configure.ts'
import { createEndpoints } from '../../cli/endpoints.ts'
import { createApp } from '../../cli/http/index.ts'
import { kinds, Repository } from '../../servables/index.ts'
import { post, root } from '../cli/support.ts'

const test = suite('best_of and beam search through the door')

const modelPath = join(root, 'spec/fixtures/models/tiny-llama')
const { configuration } = await configure({ modelPath, modelName: 'tiny', options: { best_of_limit: 6, max_num_seqs: 8 } })
const repository = new Repository(configuration!.models, { kinds, log: () => {}, progress: () => {} })
const app = createApp({
  endpoints: createEndpoints(configuration!, repository),
  models: () => [],
  ready: () => true,
  log: pino({ level: 'silent' }),
  document: '{}',
  maxBodyBytes: 2 ** 20,
  stallMs: 30_000,
  timeoutMs: 30_000,
})
test.before(() => repository.load(new AbortController().signal))
test.after(() => repository.dispose())

interface Reply {
  readonly choices: readonly {
    readonly index: number
    readonly text: string
    readonly token_ids: readonly number[]
    readonly logprobs: { readonly token_logprobs: readonly number[] } | null
    readonly message: { readonly content: string }
  }[]
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number }
  readonly error: { readonly param: string; readonly code: string; readonly message: string }
}

const ask = async (route: string, body: object): Promise<Reply & { readonly status: number }> => {
  const response = await app.request(`/v3/${route}`, post({ model: 'tiny', ...body }))
  return { status: response.status, ...((await response.json()) as Reply) }
}
const prompt = 'The weather in Paris'
const messages = [{ role: 'user', content: 'Hello' }]
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)
const mean = (numbers: readonly number[]) => sum(numbers) / numbers.length

test('completions: the best n of best_of sampled answers, ranked by their logprob per token; all are counted', async () => {
  const drawn = { prompt, seed: 5, temperature: 1, max_tokens: 12, logprobs: 0, ignore_eos: true }
  const all = await ask('completions', { ...drawn, n: 6 })
  const best = await ask('completions', { ...drawn, n: 2, best_of: 6 })
  const ranked = [...all.choices].sort((a, b) => mean(b.logprobs!.token_logprobs) - mean(a.logprobs!.token_logprobs))
  assert.equal(
    best.choices.map(({ index, text, logprobs }) => [index, text, logprobs]),
    ranked.slice(0, 2).map(({ text, logprobs }, index) => [index, text, logprobs]),
  )
  assert.is(best.usage.completion_tokens, 6 * 12)
  assert.is(best.usage.prompt_tokens, all.usage.prompt_tokens)
  const { choices } = await ask('chat/completions', { messages, seed: 5, temperature: 1, max_tokens: 5, best_of: 3 })
  assert.equal([choices.length, choices[0]!.logprobs], [1, null])
})

test('a beam search finds no less likely answers than greed, for chat as for completions', async () => {
  const long = { prompt, max_tokens: 16, temperature: 0, logprobs: 0, ignore_eos: true, return_token_ids: true }
  const greedy = await ask('completions', long)
  const beams = await ask('completions', { ...long, n: 3, best_of: 6 })
  const sums = beams.choices.map(({ logprobs }) => sum(logprobs!.token_logprobs))
  assert.ok(sums[0]! >= sum(greedy.choices[0]!.logprobs!.token_logprobs))
  assert.equal(
    sums,
    [...sums].sort((a, b) => b - a),
  )
  const different = new Set(beams.choices.map(({ token_ids }) => token_ids.join(' ')))
  assert.equal([different.size, beams.usage.completion_tokens], [3, 48])
  const named = await ask('completions', { prompt, max_tokens: 16, n: 3, best_of: 6, use_beam_search: true, ignore_eos: true })
  assert.equal(
    named.choices.map(({ text }) => text),
    beams.choices.map(({ text }) => text),
  )
  const chat = await ask('chat/completions', { messages, max_tokens: 8, best_of: 4, temperature: 0, length_penalty: 0 })
  assert.equal([chat.status, chat.choices.length], [200, 1])
})

test('what cannot be has status 400, and names its field', async () => {
  const beams = { messages, temperature: 0, best_of: 4 }
  for (const [fields, param] of [
    [{ ...beams, stream: true }, 'stream'],
    [{ messages, best_of: 4, stream: true }, 'best_of'],
    [{ messages, best_of: 7 }, 'best_of'],
    [{ ...beams, best_of: 7 }, 'best_of'],
    [{ ...beams, n: 5 }, 'n'],
    [{ ...beams, use_beam_search: true, temperature: 1 }, 'temperature'],
    [{ ...beams, stop: 'x' }, 'stop'],
    [{ ...beams, length_penalty: 100 }, 'length_penalty'],
    [{ messages, early_stopping: true }, 'early_stopping'],
    [{ messages, use_beam_search: true }, 'best_of'],
  ] as const) {
    const { status, error } = await ask('chat/completions', fields)
    assert.equal([status, error.param], [400, param], JSON.stringify(fields))
  }
})

test.run()
