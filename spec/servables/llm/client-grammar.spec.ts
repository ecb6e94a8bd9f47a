import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import type { GrammarSpec } from '../../../servables/grammar/index.ts'
import type { LanguageModel, LlmHost } from '../../../servables/llm/client.ts'
import type { Steps } from '../../../servables/llm/llm.ts'
import { loadTokenizer } from '../../../servables/tokenizer/index.ts'
import { samplingParams } from '../../support/fakes.ts'
import { eachStep } from '../../support/steps.ts'
import { codeOf, directoryOf, goldenOf, hostModel, promptOf } from './tiny-models.ts'

const params = samplingParams({ maxTokens: 200, temperature: 1, seed: 3, ignoreEos: true })
const Weather = z.strictObject({
  city: z.enum(['Rome', 'Oslo', 'Kyōto']),
  sunny: z.boolean(),
  days: z.array(z.literal('dry')).max(2),
})
const weather: GrammarSpec = { type: 'json_schema', schema: z.toJSONSchema(Weather) }
const code: GrammarSpec = { type: 'regex', pattern: '[A-Z]{3}-[0-9]{40}' }
const patient = (): AbortSignal => new AbortController().signal
const directory = directoryOf('tiny-llama')

let host: LlmHost
let llm: LanguageModel
test.before(async () => {
  const tokenizer = await loadTokenizer(directory)
  const asked = { options: { max_num_seqs: 8 }, life: { hangAfter: 1500 }, hasGrammars: true, tokenizer }
  const hosted = await hostModel(directory, asked)
  host = hosted.host
  llm = hosted.llm
})
test.after(() => host.dispose())

const collect = async (steps: AsyncIterable<Steps>, onStep: (count: number) => void = () => {}) => {
  const choices = new Map<number, { tokens: number[]; finish: string | undefined }>()
  let count = 0
  for await (const { choice, token, finish } of eachStep(steps)) {
    const answer = choices.get(choice) ?? { tokens: [], finish: undefined }
    choices.set(choice, answer)
    if (token !== undefined) answer.tokens.push(token)
    answer.finish = finish
    onStep(++count)
  }
  return [...choices].sort(([a], [b]) => a - b).map(([, answer]) => answer)
}

test('answers have the form that is asked for, sampled and greedy, and end where it ends', async () => {
  const tokenizer = await loadTokenizer(directory)
  for (const temperature of [0, 1]) {
    const answers = await collect(llm.generate([promptOf(9, 1)], { ...params, n: 6, temperature, grammar: code }, patient()))
    assert.is(answers.length, 6)
    for (const { tokens, finish } of answers) {
      assert.match(tokenizer.decode(tokens), /^[A-Z]{3}-[0-9]{40}$/)
      assert.is(finish, 'stop')
    }
  }
  const answers = await collect(llm.generate([promptOf(9, 1)], { ...params, n: 8, grammar: weather }, patient()))
  const whole = answers.filter(({ finish }) => finish === 'stop')
  assert.ok(whole.length > 0)
  for (const { tokens } of whole) Weather.parse(JSON.parse(tokenizer.decode(tokens)))
})

test('answers beside them are what they are alone', async () => {
  const golden = goldenOf('tiny-llama')
  const free = { ...params, maxTokens: 32, temperature: 0, ignoreEos: false }
  const [free0, held] = await Promise.all([
    collect(
      llm.generate(
        golden.map(({ prompt }) => prompt),
        free,
        patient(),
      ),
    ),
    collect(llm.generate([promptOf(9, 1)], { ...params, grammar: code }, patient())),
  ])
  assert.equal(
    free0.map(({ tokens }) => tokens),
    golden.map(({ tokens }) => tokens),
  )
  assert.equal(held, await collect(llm.generate([promptOf(9, 1)], { ...params, grammar: code }, patient())))
})

test('a bad grammar is refused before the first step, and the next one is served', async () => {
  const bad: GrammarSpec = { type: 'regex', pattern: '(' }
  assert.is(await codeOf(() => collect(llm.generate([[5]], { ...params, n: 3, grammar: bad }, patient()))), 'invalid_value')
  const [answer] = await collect(llm.generate([[5]], { ...params, grammar: { type: 'choice', options: ['x'] } }, patient()))
  assert.is(answer?.finish, 'stop')
})

test('a client that leaves while its grammar is compiled leaves nothing behind', async () => {
  const schema = { type: 'object', required: ['a'], properties: { a: { type: 'string', maxLength: 300_000 } } }
  const leaving = new AbortController()
  const left = codeOf(() => collect(llm.generate([[5]], { ...params, grammar: { type: 'json_schema', schema } }, leaving.signal)))
  setImmediate(() => leaving.abort())
  assert.is(await left, 'cancelled')
  const answers = await collect(llm.generate([[5]], { ...params, n: 8, grammar: code }, patient()))
  assert.is(answers.filter(({ finish }) => finish === 'stop').length, 8)
})

test('when the host process dies, answers go on in their form with the same tokens', async () => {
  const asked = { ...params, n: 3, grammar: code }
  const expected = await collect(llm.generate([promptOf(12, 4)], asked, patient()))
  const { pid } = host
  const answers = await collect(llm.generate([promptOf(12, 4)], asked, patient()), (count) => {
    if (count === 30) process.kill(pid!, 'SIGKILL')
  })
  assert.equal(answers, expected)
  assert.is.not(host.pid, pid)
})

test('a host whose answers wait for a grammar to be compiled is not taken for one that hangs', async () => {
  const schema = (count: number) => ({
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, { type: 'string' }])),
  })
  const slow = (count: number) => {
    const asked = { ...params, maxTokens: 1, grammar: { type: 'json_schema', schema: schema(count) } as const }
    // On a machine with much else to do its patience may end, which is not what this is about.
    return codeOf(() => collect(llm.generate([[5]], asked, patient())))
  }
  const asked = { ...params, grammar: { type: 'regex', pattern: '[0-9]{150}' } as const }
  const expected = await collect(llm.generate([[5]], asked, patient()))
  const { pid } = host
  const others: Promise<unknown>[] = []
  const answers = await collect(llm.generate([[5]], asked, patient()), (count) => {
    if (count === 1) others.push(slow(2400), slow(2401))
  })
  await Promise.all(others)
  assert.equal(answers, expected)
  assert.is(host.pid, pid)
})

test.run()
