import { setInterval } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { GrammarSpec } from '../../../servables/grammar/index.ts'
import type { LlmHost } from '../../../servables/llm/client.ts'
import type { SamplingParams, Step } from '../../../servables/llm/llm.ts'
import { loadTokenizer, readTokenBytes } from '../../../servables/tokenizer/index.ts'
import { samplingParams } from '../../support/fakes.ts'
import { eachStep } from '../../support/steps.ts'
import { blockBytesOf, directoryOf, hostModel, promptOf } from './tiny-models.ts'

const patient = (): AbortSignal => new AbortController().signal
const code: GrammarSpec = { type: 'regex', pattern: '[A-Z]{3}-[0-9]{40}' }

/** Everything that one request can ask for, but its prompt's logprobs: those leave nothing to be found. */
const everything = samplingParams({
  n: 3,
  maxTokens: 60,
  temperature: 1,
  topP: 0.95,
  topK: 100,
  minP: 0.001,
  typicalP: 0.97,
  seed: 11,
  repetitionPenalty: 1.3,
  presencePenalty: 0.4,
  frequencyPenalty: 0.2,
  logitBias: [[40, 3]],
  badWords: ['7'],
  minTokens: 12,
  stopTokens: [5],
  logprobs: 3,
  ignoreEos: true,
  grammar: code,
  priority: 1,
  cacheSalt: 'tenant',
})
const prompt = promptOf(100, 1)
type Request = readonly [prompt: readonly number[], params: SamplingParams]
const asked: Request = [prompt, everything]
const neighbours: readonly Request[] = [
  [promptOf(70, 2), samplingParams({ maxTokens: 80, ignoreEos: true })],
  [prompt, { ...everything, grammar: undefined, promptLogprobs: 1, n: 1 }],
  [prompt, { ...everything, grammar: { type: 'choice', options: ['a', 'b'] }, minTokens: 5, n: 1 }],
  [promptOf(9, 3), samplingParams({ n: 2, maxTokens: 50, temperature: 1, seed: 2, ignoreEos: true, grammar: code })],
  [
    promptOf(30, 4),
    samplingParams({ n: 2, maxTokens: 34, logprobs: 1, beamSearch: { beams: 3, lengthPenalty: 1, earlyStopping: false } }),
  ],
]

interface Running {
  readonly host: LlmHost
  /** What each choice of a request is told, in its order, but for what of the prompt was found. */
  readonly answersTo: (request: Request, onStep?: (step: Step) => void) => Promise<readonly unknown[]>
}

const hosts: LlmHost[] = []
test.after(async () => {
  for (const host of hosts) await host.dispose()
})

const start = async (model: string, options: object): Promise<Running> => {
  const directory = directoryOf(model)
  const { host, llm } = await hostModel(directory, { options, hasGrammars: true, tokenizer: await loadTokenizer(directory) })
  hosts.push(host)
  const answersTo: Running['answersTo'] = async ([tokens, params], onStep = () => {}) => {
    const answers = Array.from({ length: params.n }, (): unknown[] => [])
    for await (const step of eachStep(llm.generate([tokens], params, patient()))) {
      const { token, finish, logprobs, promptLogprobs } = step
      answers[step.choice]!.push({ token, finish, logprobs, promptLogprobs })
      onStep(step)
    }
    return answers
  }
  return { host, answersTo }
}

const foundIn = (found: Map<number, number | undefined>) => (step: Step) => {
  found.set(step.choice, step.cachedTokens)
}
const textOf = (answer: unknown, bytesOf: readonly Uint8Array[]): string =>
  Buffer.concat((answer as Step[]).flatMap(({ token }) => (token === undefined ? [] : [bytesOf[token]!]))).toString()

for (const [model, cached] of [
  ['tiny-llama', 64],
  ['tiny-llama-optimum', 0],
] as const) {
  test(`${model}: all that can be asked at once gives one answer: cold, found, among others, and over the host's death`, async () => {
    const { host, answersTo } = await start(model, { max_num_seqs: 8 })
    const alone = await answersTo(asked)
    const pieces = (await readTokenBytes(directoryOf(model)))!
    for (const answer of alone) assert.match(textOf(answer, pieces), /^[A-Z]{3}-[0-9]{40}$/)
    assert.is(new Set(alone.map((answer) => textOf(answer, pieces))).size, 3)
    const likely = (alone as Step[][]).flat().flatMap(({ logprobs }) => logprobs?.top ?? [])
    const isOutside = (token: number) => !/^[A-Z0-9-]+$/.test(Buffer.from(pieces[token] ?? []).toString())
    assert.ok(
      likely.some(([token, logprob]) => isOutside(token) && Number.isFinite(logprob)),
      "logprobs are the model's own",
    )
    const beside: unknown[] = []
    for (const neighbour of neighbours) beside.push(await answersTo(neighbour))

    const found = new Map<number, number | undefined>()
    assert.equal(await answersTo(asked, foundIn(found)), alone)
    assert.equal(new Set(found.values()), new Set([cached]))

    const together = [asked, ...neighbours]
    assert.equal(await Promise.all(together.map((request) => answersTo(request))), [alone, ...beside])

    for (const steps of [2, 30, 95]) {
      const pid = host.pid!
      let left = steps
      const dying = (step: Step) => {
        foundIn(found)(step)
        if (--left === 0) process.kill(pid, 'SIGKILL')
      }
      const answers = together.map((request, index) => answersTo(request, index === 0 ? dying : undefined))
      assert.equal(await Promise.all(answers), [alone, ...beside], `killed at step ${steps}`)
      assert.equal(new Set(found.values()), new Set([cached]))
      assert.is.not(host.pid, pid)
      await answersTo(asked)
    }
  })
}

for (const [how, options] of [
  ['prompt lookup', { prompt_lookup: true }],
  ['a draft model', { draft_models_path: '.' }],
] as const) {
  test(`guessed ahead by ${how}, it still gives the same answers, over the host's death, too`, async () => {
    const plain = await start('tiny-llama', { max_num_seqs: 8 })
    const requests = [asked, ...neighbours].map(([tokens, params]): Request => [tokens, { ...params, guessing: { tokens: 8 } }])
    const alone: unknown[] = []
    for (const request of requests) alone.push(await plain.answersTo(request))

    const { host, answersTo } = await start('tiny-llama', { max_num_seqs: 8, ...options })
    for (const [index, request] of requests.entries()) assert.equal(await answersTo(request), alone[index], `alone: ${index}`)
    assert.equal(await Promise.all(requests.map((request) => answersTo(request))), alone)
    const pid = host.pid!
    let left = 40
    const dying = () => {
      if (--left === 0) process.kill(pid, 'SIGKILL')
    }
    assert.equal(await Promise.all(requests.map((request) => answersTo(request, dying))), alone)
    // All answers may have been on their way when it was killed: then nobody waited for the next.
    for await (const _ of setInterval(10)) if (host.pid !== pid && host.healthy) break
  })
}

test('preempted for want of memory, it still gives the same answers', async () => {
  const ample = await start('tiny-llama', { max_num_seqs: 8 })
  const requests = [asked, ...neighbours]
  const alone: unknown[] = []
  for (const request of requests) alone.push(await ample.answersTo(request))

  const cache_size = (8.5 * (await blockBytesOf('tiny-llama'))) / 2 ** 30
  const { host, answersTo } = await start('tiny-llama', { max_num_seqs: 8, cache_size })
  assert.equal(await Promise.all(requests.map((request) => answersTo(request))), alone)
  for await (const _ of setInterval(10)) if ((host.stats?.preemptions ?? 0) > 0) break
  assert.ok(host.stats!.preemptions > 0)
})

test.run()
