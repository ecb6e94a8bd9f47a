import { setInterval } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError } from '../../../engine/index.ts'
import type { SamplingParams, Step } from '../../../servables/llm/llm.ts'
import { samplingParams } from '../../support/fakes.ts'
import { eachStep } from '../../support/steps.ts'
import { blockBytesOf, directoryOf, hostModel, promptOf } from './tiny-models.ts'

const blockBytes = await blockBytesOf('tiny-llama')
const patient = (): AbortSignal => new AbortController().signal
const { host, llm } = await hostModel(directoryOf('tiny-llama'), {
  options: { max_num_seqs: 10, cache_size: (40.5 * blockBytes) / 2 ** 30 },
  limits: { maxAnswers: 12, bestOfLimit: 11 },
})
test.after(() => host.dispose())

const searching = (beams: number, n: number, more: Partial<SamplingParams> = {}): SamplingParams =>
  samplingParams({ n, maxTokens: 40, beamSearch: { beams, lengthPenalty: 1, earlyStopping: false }, ...more })

/** What each choice is told, in its order. */
const answersTo = async (
  prompts: readonly (readonly number[])[],
  params: SamplingParams,
  { signal = patient(), onStep = () => {} }: { readonly signal?: AbortSignal; readonly onStep?: () => void } = {},
) => {
  const answers: Partial<Step>[][] = []
  for await (const step of eachStep(llm.generate(prompts, params, signal))) {
    const { choice, token, finish, logprobs, promptLogprobs } = step
    answers[choice] ??= []
    answers[choice].push({ token, finish, logprobs, promptLogprobs })
    // Nothing is left to drop.
    if (params.beamSearch !== undefined) step.drop()
    onStep()
  }
  return answers
}

test('each prompt has the best of its search, under the choices of its answers', async () => {
  const prompts = [promptOf(40, 1), promptOf(9, 2)]
  const both = await answersTo(prompts, searching(4, 3, { logprobs: 1 }))
  assert.is(both.length, 6)
  assert.equal([...(await answersTo([prompts[0]!], searching(4, 3, { logprobs: 1 })))], both.slice(0, 3))
  assert.equal([...(await answersTo([prompts[1]!], searching(4, 3, { logprobs: 1 })))], both.slice(3))
  const sumOf = (steps: readonly Partial<Step>[]) => steps.reduce((sum, { logprobs }) => sum + logprobs!.logprob, 0)
  const sums = both.slice(0, 3).map(sumOf)
  assert.equal(
    sums,
    [...sums].sort((a, b) => b - a),
  )
  const greedy = await answersTo([prompts[0]!], samplingParams({ maxTokens: 40, logprobs: 1 }))
  assert.ok(sums[0]! >= sumOf(greedy[0]!))
})

test('an answer that a token ends has all that stand before it', async () => {
  const prompt = promptOf(9, 2)
  const find = async (more: Partial<SamplingParams>) => {
    const found = await answersTo([prompt], searching(3, 3, { maxTokens: 12, ignoreEos: true, ...more }))
    return found.map((steps) => ({ tokens: steps.flatMap(({ token }) => token ?? []), finish: steps.at(-1)?.finish }))
  }
  const stopTokens = [(await find({}))[0]!.tokens[5]!]
  const shown = await find({ stopTokens, includeStopInOutput: true })
  assert.ok(shown.some(({ finish }) => finish === 'stop'))
  const before = shown.map(({ tokens, finish }) => ({ tokens: finish === 'stop' ? tokens.slice(0, -1) : tokens, finish }))
  assert.equal(await find({ stopTokens }), before)
})

test('answers to be chosen from have logprobs', async () => {
  const params = samplingParams({ n: 1, bestOf: 3, maxTokens: 5, temperature: 1, seed: 4, ignoreEos: true })
  const three = await answersTo([promptOf(9, 2), promptOf(9, 3)], params)
  assert.is(three.length, 6)
  assert.ok(three.flat().every(({ logprobs }) => logprobs!.logprob < 0 && logprobs!.top.length === 0))
})

test('killed while it searches, the host begins the search anew, and finds the same', async () => {
  const search = searching(8, 4, { maxTokens: 120, promptLogprobs: 1, logprobs: 1, ignoreEos: true })
  const beside = samplingParams({ maxTokens: 60, ignoreEos: true })
  const alone = [await answersTo([promptOf(20, 1)], search), await answersTo([promptOf(9, 3)], beside)]
  for (const when of [1, 50]) {
    const pid = host.pid!
    let steps = 0
    const onStep = () => {
      if (++steps === when) process.kill(pid, 'SIGKILL')
    }
    let isFound = false
    const searched = answersTo([promptOf(20, 1)], search).finally(() => {
      isFound = true
    })
    const told = answersTo([promptOf(9, 3)], beside, {
      onStep: () => {
        assert.not(isFound, 'the search was over before the process died')
        onStep()
      },
    })
    assert.equal(await Promise.all([searched, told]), alone)
    assert.is.not(host.pid, pid)
  }
})

test('a client that leaves takes all beams along', async () => {
  const leaving = new AbortController()
  const search = answersTo([promptOf(9, 1)], searching(5, 1, { maxTokens: undefined, ignoreEos: true }), {
    signal: leaving.signal,
  })
  const beside = answersTo([promptOf(9, 2)], samplingParams({ maxTokens: 3, ignoreEos: true }), { onStep: () => leaving.abort() })
  await search.then(
    () => assert.unreachable(),
    (error: EngineError) => assert.is(error.code, 'cancelled'),
  )
  await beside
  assert.is((await answersTo([promptOf(9, 1)], searching(10, 1, { maxTokens: 3 }))).length, 1)
  for await (const _ of setInterval(10)) if (host.stats?.running === 0 && host.stats.cacheUsage === 0) break
  assert.is(host.stats!.waiting, 0)
})

test('what a search cannot have is refused before it waits, and the field is named', async () => {
  const refusal = async (prompts: readonly (readonly number[])[], params: SamplingParams): Promise<string> => {
    try {
      await answersTo(prompts, params)
      return 'accepted'
    } catch (error) {
      assert.instance(error, EngineError)
      const { code, param } = error as EngineError
      return `${code} ${param}`
    }
  }
  const prompt = promptOf(9, 1)
  assert.is(await refusal([prompt], searching(12, 1)), 'invalid_value best_of')
  assert.is(await refusal([prompt], samplingParams({ bestOf: 12, temperature: 1 })), 'invalid_value best_of')
  // As many answers as the model takes, but not so many rows.
  assert.is(await refusal([prompt], searching(11, 1)), 'invalid_value best_of')
  assert.is(await refusal([prompt, prompt, prompt], searching(5, 1)), 'invalid_value best_of')
  assert.is(
    await refusal([prompt], searching(2, 1, { grammar: { type: 'regex', pattern: 'a' }, grammarField: 'guided_regex' })),
    'unsupported_parameter guided_regex',
  )
  // Forty blocks, five for each of eight beams.
  assert.is(await refusal([promptOf(150, 1)], searching(8, 1, { maxTokens: 11 })), 'context_length_exceeded messages')
  assert.is(await refusal([promptOf(160, 1)], searching(8, 1)), 'context_length_exceeded messages')
  assert.is(await refusal([promptOf(150, 1)], searching(8, 1, { maxTokens: 10 })), 'accepted')
})

test.run()
