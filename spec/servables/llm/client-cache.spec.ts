import { setInterval } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Limits } from '../../../servables/llm/client.ts'
import type { SamplingParams, Steps } from '../../../servables/llm/llm.ts'
import { samplingParams } from '../../support/fakes.ts'
import { eachStep } from '../../support/steps.ts'
import { blockBytesOf, codeOf, directoryOf, hostModel, promptOf } from './tiny-models.ts'

const patient = (): AbortSignal => new AbortController().signal
const params = samplingParams({ maxTokens: 20, temperature: 1, seed: 5, ignoreEos: true })

const start = (options: object, limits: Partial<Limits> = {}) =>
  hostModel(directoryOf('tiny-llama'), { options, limits: { maxAnswers: 20, ...limits } })

const collect = async (steps: AsyncIterable<Steps>, onStep: () => void = () => {}) => {
  const tokens: (number | undefined)[] = []
  const cached = new Map<number, number | undefined>()
  for await (const step of eachStep(steps)) {
    tokens.push(step.token)
    cached.set(step.choice, step.cachedTokens)
    onStep()
  }
  return { tokens, cached: [...cached].sort(([a], [b]) => a - b).map(([, count]) => count) }
}

const until = async (holds: () => boolean): Promise<void> => {
  for await (const _ of setInterval(10)) if (holds()) return
}

test('steps say how much of the prompt was found; a restart does not change what they say, nor the answer', async () => {
  const { llm, host } = await start({})
  const ask = (more: Partial<SamplingParams> = {}, onStep = () => {}) =>
    collect(llm.generate([promptOf(100, 1)], { ...params, ...more }, patient()), onStep)
  const first = await ask()
  const again = await ask()
  assert.equal([first.cached, again.cached], [[0], [64]])
  assert.equal(again.tokens, first.tokens)
  assert.equal((await ask({ cacheSalt: 'x' })).cached, [0])
  assert.equal((await ask({ n: 3, cacheSalt: 'y' })).cached, [0, 64, 64])

  const pid = host.pid!
  let steps = 0
  const interrupted = await ask({}, () => {
    if (++steps === 5) process.kill(pid, 'SIGKILL')
  })
  assert.is.not(host.pid, pid)
  assert.equal(interrupted, again)
  await host.dispose()
})

test('where the scheduler stands is told with every sign of life, and begins anew with the process', async () => {
  const { llm, host } = await start({})
  for (let time = 0; time < 2; time++) await collect(llm.generate([promptOf(100, 1)], params, patient()))
  await until(() => host.stats?.prefixCacheQueries === 200 && host.stats.running === 0)
  const { running, waiting, cacheUsage, prefixCacheHits, preemptions } = host.stats!
  assert.equal([running, waiting, cacheUsage, prefixCacheHits, preemptions], [0, 0, 0, 64, 0])
  process.kill(host.pid!, 'SIGKILL')
  await until(() => host.stats === undefined)
  await until(() => host.stats?.prefixCacheQueries === 0)
  await host.dispose()
})

test('requests that run and wait are counted, and when their clients have left they are not', async () => {
  const { llm, host } = await start({ max_num_seqs: 2 })
  const leaving = new AbortController()
  const stay = async (): Promise<void> => {
    const endless = { ...params, n: 5, maxTokens: undefined }
    while (!leaving.signal.aborted) await codeOf(() => collect(llm.generate([promptOf(40, 1)], endless, leaving.signal)))
  }
  const staying = stay()
  await until(() => host.stats !== undefined && host.stats.running === 2 && host.stats.waiting > 0 && host.stats.cacheUsage > 0)
  leaving.abort()
  await staying
  await until(() => host.stats?.running === 0 && host.stats.waiting === 0 && host.stats.cacheUsage === 0)
  await host.dispose()
})

test('what cache_size has no room for is refused, and what has no limit ends there', async () => {
  const { llm, host } = await start({ cache_size: (3.5 * (await blockBytesOf('tiny-llama'))) / 2 ** 30 })
  const ask = (length: number, maxTokens: number | undefined) =>
    collect(llm.generate([promptOf(length, 1)], { ...params, maxTokens }, patient()))
  assert.is(await codeOf(() => ask(90, 7)), 'context_length_exceeded')
  assert.is(await codeOf(() => ask(96, 1)), 'context_length_exceeded')
  assert.is((await ask(90, 6)).tokens.length, 6)
  assert.is((await ask(80, undefined)).tokens.length, 16)
  await host.dispose()
})

test('without splitting, prompts longer than a round are refused', async () => {
  const { llm, host } = await start({ dynamic_split_fuse: false, max_num_batched_tokens: 50 }, { maxPromptLength: 50 })
  const ask = (length: number) => collect(llm.generate([promptOf(length, 1)], params, patient()))
  assert.is(await codeOf(() => ask(51)), 'context_length_exceeded')
  assert.is((await ask(50)).tokens.length, 20)
  await host.dispose()
})

test.run()
