import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Host } from '../../../servables/host/index.ts'
import { LanguageModel, type LlmHost } from '../../../servables/llm/client.ts'
import { LlmEngine } from '../../../servables/llm/engine.ts'
import { readModelFiles } from '../../../servables/llm/model-files.ts'
import { modelInit, TextGenerationOptions } from '../../../servables/llm/options.ts'
import type { SequenceCommand } from '../../../servables/llm/sequence.ts'
import { byteTokenizer, samplingParams } from '../../support/fakes.ts'
import { eachStep } from '../../support/steps.ts'
import { random } from '../grammar/walks.ts'
import { command, greedy, type OpenModel, openModel } from './tiny-models.ts'

/*
 * The demo model's answers to 200 prompts, each with a seed of its own, half of them greedy: whatever happens to a prompt, its
 * answer is the one that it has alone, computed whole, without a cache.
 */

const directory = join(import.meta.dirname, '../../../models/demo-chat')
const vocabularySize = 3072
/** Long ones come together, so that they outgrow a small memory together. */
const answerLength = (index: number): number => (index % 16 < 5 ? 90 : 14)

const draw = random(2026)
const drawn = (below: number): number => Math.floor(draw() * below)
/** In pairs that begin alike, so that a cache has something to find also while it is small. */
const beginnings = Array.from({ length: 100 }, () => Array.from({ length: 65 + drawn(12) }, () => 3 + drawn(vocabularySize - 3)))
const asked: readonly SequenceCommand[] = Array.from({ length: 200 }, (_, index) => {
  const rest = Array.from({ length: 1 + drawn(24) }, () => 3 + drawn(vocabularySize - 3))
  const isShort = index % 4 === 3
  const prompt = isShort ? rest : [...beginnings[index >> 1]!, ...rest]
  const seeded = { ...greedy, temperature: 0.8 + draw() / 2, topP: 0.95, topK: 200, seed: drawn(2 ** 30), choice: index % 3 }
  return command(prompt, answerLength(index), index % 2 === 0 ? greedy : seeded)
})
/** The same with answers of so many tokens at most. */
const within = (tokens: number): readonly SequenceCommand[] =>
  asked.map((what) => ({ ...what, maxLength: Math.min(what.maxLength, what.prompt.length + tokens) }))

/** An engine in this process, and what it has answered and found. */
const openEngine = async (options: object, changes: Parameters<typeof openModel>[2] = {}) => {
  const { runner, init, dispose }: OpenModel = await openModel(directory, { max_num_seqs: 32, ...options }, changes)
  const tokens = new Map<number, number[]>()
  let found = 0
  const engine = new LlmEngine(runner, init, {
    started: () => {},
    emit: (events) => {
      for (const [id, event] of events) {
        if ('foundTokens' in event) found++
        else if (!('answers' in event)) tokens.get(id)!.push(event[0])
      }
    },
    fail: (_, error) => {
      throw error
    },
  })
  let last = 0
  const answer = async (commands: readonly SequenceCommand[], oneByOne: boolean): Promise<readonly (readonly number[])[]> => {
    const ids = commands.map(() => ++last)
    for (const [index, what] of commands.entries()) {
      tokens.set(ids[index]!, [...what.emitted])
      engine.add(ids[index]!, what)
      if (oneByOne) await engine.idle()
    }
    await engine.idle()
    return ids.map((id) => tokens.get(id)!)
  }
  const foundSince = () => {
    const count = found
    found = 0
    return count
  }
  return { engine, answer, foundSince, dispose }
}

const whole = { max_num_batched_tokens: 4096 }
const chunked = { max_num_batched_tokens: 80 }

let oracle: readonly (readonly number[])[]
const first = (tokens: number) => oracle.map((answer) => answer.slice(0, tokens))
/** As they go on after a restart, each at another place. */
const interrupted = (tokens: number): readonly SequenceCommand[] =>
  within(tokens).map((what, index) => ({
    ...what,
    emitted: oracle[index]!.slice(0, (index * 7) % Math.min(tokens, 30, answerLength(index))),
  }))

const same = (found: readonly (readonly number[])[], expected: typeof found, what: string): void => {
  const wrong = found.flatMap((tokens, index) => (tokens.join() === expected[index]!.join() ? [] : [index]))
  assert.equal(wrong, [], what)
}

test.before(async () => {
  const alone = await openEngine({ ...whole, enable_prefix_caching: false })
  oracle = await alone.answer(asked, true)
  await alone.dispose()
  assert.ok(new Set(oracle.map(String)).size > 150)
})

for (const [cutting, chunks] of [
  ['whole', whole],
  ['in chunks', chunked],
] as const) {
  test(`alone and ${cutting}: cold, found, and each of them after a restart`, async () => {
    const alone = await openEngine(chunks)
    same(await alone.answer(within(5), true), first(5), 'cold')
    alone.foundSince()
    same(await alone.answer(within(5), true), first(5), 'found')
    assert.ok(alone.foundSince() >= 150)
    same(await alone.answer(interrupted(5), true), first(5), 'found and restarted')
    assert.ok(alone.foundSince() >= 150)
    await alone.dispose()

    const next = await openEngine({ ...chunks, enable_prefix_caching: false })
    same(await next.answer(interrupted(5), true), first(5), 'restarted')
    await next.dispose()
  })

  for (const [company, tokens, blocks] of [
    ['in a batch', 12, undefined],
    ['in a batch, preempted', 90, 24],
  ] as const) {
    test(`${company} and ${cutting}: cold, found, and each of them after a restart`, async () => {
      const changes = blocks === undefined ? {} : { cacheBytes: blocks * (await blockBytes()) }
      const isPreempted = (preemptions: number) => (blocks === undefined ? preemptions === 0 : preemptions > 0)
      const batch = await openEngine(chunks, changes)
      same(await batch.answer(within(tokens), false), first(tokens), 'cold')
      batch.foundSince()
      const { preemptions } = batch.engine.stats
      assert.ok(isPreempted(preemptions))
      same(await batch.answer(within(tokens), false), first(tokens), 'found')
      assert.ok(batch.foundSince() >= (blocks === undefined ? 150 : 1))
      same(await batch.answer(interrupted(tokens), false), first(tokens), 'found and restarted')
      assert.ok(isPreempted(batch.engine.stats.preemptions - preemptions))
      await batch.dispose()

      const next = await openEngine({ ...chunks, enable_prefix_caching: false }, changes)
      same(await next.answer(interrupted(tokens), false), first(tokens), 'restarted')
      assert.ok(isPreempted(next.engine.stats.preemptions))
      await next.dispose()
    })
  }
}

test('in a host process that is killed again and again', async () => {
  const files = await readModelFiles(directory)
  const init = modelInit(files, TextGenerationOptions.parse({ max_num_seqs: 16, stream_interval: 0, ...chunked }))
  const signal = new AbortController().signal
  const options = { name: 'demo', kind: 'text_generation', init, log: () => {}, progress: () => {}, signal, restartDelay: 1 }
  const host: LlmHost = await Host.start(options)
  const llm = new LanguageModel(
    'demo',
    host,
    { ...files, endTokens: [] },
    { maxModelLength: 2048, maxAnswers: 64 },
    byteTokenizer,
  )
  const killed = new Set<number>()
  let steps = 0
  const answer = async (index: number): Promise<number[]> => {
    const { prompt, sampling } = asked[index]!
    const tokens: number[] = []
    const params = samplingParams({ ...sampling, maxTokens: answerLength(index) })
    for await (const { token } of eachStep(llm.generate([prompt], params, new AbortController().signal))) {
      tokens.push(token!)
      if (++steps % 450 === 100 && host.healthy) process.kill(host.pid!, 'SIGKILL')
      killed.add(host.pid!)
    }
    return tokens
  }
  const subset = asked.flatMap((what, index) => (what.sampling.choice === 0 ? [index] : [])).slice(0, 40)
  const answers = await Promise.all(subset.map(answer))
  same(
    answers,
    subset.map((index) => oracle[index]!),
    'killed',
  )
  assert.ok(killed.size >= 4, `${killed.size} processes`)
  await host.dispose()
})

async function blockBytes(): Promise<number> {
  const { runner, dispose } = await openModel(directory, {}, { cacheBytes: 2 ** 26, prefixCacheBytes: 0 })
  await dispose()
  return Math.floor(2 ** 26 / runner.capacity.blocks)
}

test.run()
