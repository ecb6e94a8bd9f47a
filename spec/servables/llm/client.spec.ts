import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError } from '../../../engine/index.ts'
import { Host } from '../../../servables/host/index.ts'
import { LanguageModel, type LlmHost } from '../../../servables/llm/client.ts'
import type { SamplingParams, Step, Steps } from '../../../servables/llm/llm.ts'
import { readModelFiles } from '../../../servables/llm/model-files.ts'
import { modelInit, TextGenerationOptions } from '../../../servables/llm/options.ts'
import { loadTokenizer } from '../../../servables/tokenizer/index.ts'
import { eachStep } from '../../support/steps.ts'
import { codeOf, directoryOf, goldenOf, promptOf } from './tiny-models.ts'

const params: SamplingParams = {
  n: 1,
  maxTokens: 32,
  temperature: 0,
  topP: 1,
  topK: 0,
  minP: 0,
  seed: 3,
  stop: [],
  includeStopInOutput: false,
  ignoreEos: false,
  promptField: 'messages',
}
const sampled: SamplingParams = { ...params, temperature: 1, topP: 0.95, ignoreEos: true }
const endless: SamplingParams = { ...params, maxTokens: undefined, ignoreEos: true }
/** Of a client that stays. */
const patient = (): AbortSignal => new AbortController().signal

interface Running {
  readonly llm: LanguageModel
  readonly host: LlmHost
}

const tokenizer = await loadTokenizer(directoryOf('tiny-llama'))

/** Host processes by their number of rows, shared by the tests. */
const hosts = new Map<number, LlmHost>()
test.after(async () => {
  for (const host of hosts.values()) await host.dispose()
})

const start = async (max_num_seqs: number): Promise<LlmHost> => {
  const init = modelInit(
    await readModelFiles(directoryOf('tiny-llama')),
    TextGenerationOptions.parse({ max_num_seqs, stream_interval: 0 }),
  )
  return Host.start({ name: 'tiny', kind: 'text_generation', init, log: () => {}, progress: () => {}, signal: patient() })
}

const using = async (
  { max_num_seqs = 16, waiting = 16 }: { max_num_seqs?: number; waiting?: number },
  use: (running: Running) => Promise<void>,
): Promise<void> => {
  const host = hosts.get(max_num_seqs) ?? (await start(max_num_seqs))
  hosts.set(max_num_seqs, host)
  const files = await readModelFiles(directoryOf('tiny-llama'))
  const limits = { maxModelLength: files.contextLength, maxAnswers: max_num_seqs + waiting }
  await use({ llm: new LanguageModel('tiny', host, files, limits, tokenizer), host })
}

/** Each choice's tokens and how it ended. */
const collect = async (steps: AsyncIterable<Steps>, onStep: (step: Step) => void = () => {}) => {
  const choices = new Map<number, { tokens: number[]; finish: string | undefined }>()
  for await (const step of eachStep(steps)) {
    const choice = choices.get(step.choice) ?? { tokens: [], finish: undefined }
    choices.set(step.choice, choice)
    if (step.token !== undefined) choice.tokens.push(step.token)
    choice.finish = step.finish
    onStep(step)
  }
  return [...choices].sort(([a], [b]) => a - b).map(([, choice]) => choice)
}

test('greedy answers are those of transformers, one at a time and all prompts in one request', () =>
  using({}, async ({ llm }) => {
    const golden = goldenOf('tiny-llama')
    const expected = golden.map(({ tokens, finish_reason }) => ({ tokens, finish: finish_reason }))
    const prompts = golden.map(({ prompt }) => prompt)
    for (const [index, prompt] of prompts.entries()) {
      assert.equal(await collect(llm.generate([prompt], params, patient())), [expected[index]])
    }
    assert.equal(await collect(llm.generate(prompts, params, patient())), expected)
  }))

test('sixteen requests at once get the answers of one at a time', () =>
  using({}, async ({ llm }) => {
    const request = (seed: number) => collect(llm.generate([promptOf(3 + seed * 5, seed)], { ...sampled, seed }, patient()))
    const seeds = Array.from({ length: 16 }, (_, seed) => seed)
    const alone: unknown[] = []
    for (const seed of seeds) alone.push(await request(seed))
    assert.equal(await Promise.all(seeds.map(request)), alone)
  }))

test('n answers differ, and are the same again for the same seed', () =>
  using({}, async ({ llm }) => {
    const ask = (seed: number | undefined) =>
      collect(llm.generate([promptOf(6, 1), promptOf(9, 2)], { ...sampled, n: 3, seed }, patient()))
    const [first, again, unseeded] = [await ask(8), await ask(8), await ask(undefined)]
    assert.is(first.length, 6)
    assert.is(new Set(first.map(({ tokens }) => tokens.join())).size, 6)
    assert.equal(again, first)
    assert.not.equal(unseeded, first)
  }))

test('a dropped choice ends without a last step, and the others go on', () =>
  using({ max_num_seqs: 2 }, async ({ llm }) => {
    const dropping = (step: Step) => {
      if (step.choice === 1) step.drop()
    }
    const answers = await collect(llm.generate([promptOf(5, 1)], { ...sampled, n: 4 }, patient()), dropping)
    assert.is(answers[1]?.finish, undefined)
    for (const choice of [0, 2, 3]) assert.is(answers[choice]?.tokens.length, 32)
    assert.ok(answers[1]!.tokens.length < 32)
  }))

test('without max_tokens an answer ends at the length of the model', () =>
  using({}, async ({ llm }) => {
    const [answer] = await collect(llm.generate([promptOf(200, 1)], endless, patient()))
    assert.equal([answer?.tokens.length, answer?.finish], [56, 'length'])
    const [full] = await collect(llm.generate([promptOf(255, 1)], { ...params, maxTokens: 1, ignoreEos: true }, patient()))
    assert.equal([full?.tokens.length, full?.finish], [1, 'length'])
  }))

test('without max_tokens an answer ends at max_new_tokens of generation_config.json, as far as the length allows', () =>
  using({}, async ({ host }) => {
    const files = { ...(await readModelFiles(directoryOf('tiny-llama'))), maxNewTokens: 20 }
    const llm = new LanguageModel('tiny', host, files, { maxModelLength: 256, maxAnswers: 4 }, tokenizer)
    const lengths = async (prompt: number) =>
      (await collect(llm.generate([promptOf(prompt, 1)], endless, patient())))[0]?.tokens.length
    assert.equal([await lengths(100), await lengths(250)], [20, 6])
  }))

test("the API's length of an answer gives way to a long prompt, a length that the request says does not", () =>
  using({ max_num_seqs: 2 }, async ({ llm }) => {
    const lengths = async (more: Partial<SamplingParams>) =>
      (await collect(llm.generate([promptOf(250, 1)], { ...params, ignoreEos: true, ...more }, patient())))[0]?.tokens.length
    assert.is(await lengths({ maxTokens: undefined, usualTokens: 16 }), 6)
    assert.is(await lengths({ maxTokens: 2, usualTokens: 16 }), 2)
    assert.is(await codeOf(() => lengths({ maxTokens: 16 })), 'context_length_exceeded')
  }))

test('a length alone tells that a prompt can never be answered', () =>
  using({ max_num_seqs: 2 }, async ({ llm }) => {
    const check = (tokens: number, isLeast: boolean) => codeOf(async () => llm.checkLength(tokens, params, isLeast))
    assert.is(await check(256, false), 'context_length_exceeded')
    assert.is(await check(256, true), 'context_length_exceeded')
    assert.throws(() => llm.checkLength(256, params, true), /at least 256 tokens/)
    llm.checkLength(10, { ...params, maxTokens: undefined }, true)
  }))

test('what can never fit, and tokens that are none of the model, are refused before anything runs', () =>
  using({ max_num_seqs: 2, waiting: 1 }, async ({ llm }) => {
    const code = (prompts: readonly (readonly number[])[], more: Partial<SamplingParams> = {}) =>
      codeOf(() => collect(llm.generate(prompts, { ...params, ...more }, patient())))
    assert.is(await code([promptOf(256, 1)]), 'context_length_exceeded')
    assert.is(await code([promptOf(5, 1), promptOf(256, 1)]), 'context_length_exceeded')
    assert.is(await code([promptOf(200, 1)], { maxTokens: 57 }), 'context_length_exceeded')
    assert.is(await code([[]]), 'invalid_value')
    assert.is(await code([[1, 512]]), 'invalid_value')
    assert.is(await code([[1, -1]]), 'invalid_value')
    assert.is(await code([[5, 6]], { n: 4 }), 'invalid_value')

    const named = async (prompts: readonly (readonly number[])[], more: Partial<SamplingParams>) => {
      const refusal = await collect(llm.generate(prompts, { ...params, ...more }, patient())).catch((error) => error)
      return refusal.param
    }
    assert.is(await named([promptOf(256, 1)], {}), 'messages')
    assert.is(await named([promptOf(256, 1)], { promptField: 'prompt' }), 'prompt')
    assert.is(await named([[5], [6], [7], [8]], { promptField: 'prompt' }), 'prompt')
    assert.is(await named([[5]], { promptField: 'prompt', n: 4 }), 'n')
  }))

test('more answers than may wait are refused for now; a client that leaves makes room', () =>
  using({ max_num_seqs: 1, waiting: 1 }, async ({ llm }) => {
    const leaving = new AbortController()
    const first = llm.generate([promptOf(5, 1)], endless, leaving.signal)
    await first.next()
    const second = llm.generate([promptOf(5, 2)], { ...params, maxTokens: 1, ignoreEos: true }, patient())
    const waits = second.next()
    try {
      await llm.generate([promptOf(5, 3)], params, patient()).next()
      assert.unreachable()
    } catch (error) {
      assert.instance(error, EngineError)
      assert.is((error as EngineError).code, 'overloaded')
      assert.ok(((error as EngineError).retryAfter ?? 0) > 0)
    }
    leaving.abort()
    assert.is(await codeOf(() => collect(first)), 'cancelled')
    assert.is((await waits).value[0].finish, 'length')
    assert.is((await collect(llm.generate([promptOf(5, 3)], { ...params, ignoreEos: true }, patient())))[0]?.tokens.length, 32)
  }))

test('leaving the loop frees the row', () =>
  using({ max_num_seqs: 1, waiting: 0 }, async ({ llm }) => {
    for (let round = 0; round < 3; round++) {
      for await (const step of eachStep(llm.generate([promptOf(5, 1)], endless, patient()))) if (step.token !== undefined) break
    }
    assert.is((await collect(llm.generate([promptOf(5, 3)], { ...params, ignoreEos: true }, patient())))[0]?.tokens.length, 32)
  }))

test('a signal that is aborted already, and one aborted while waiting, cancel', () =>
  using({ max_num_seqs: 1 }, async ({ llm }) => {
    assert.is(await codeOf(() => collect(llm.generate([[5]], params, AbortSignal.abort()))), 'cancelled')
    const blocking = llm.generate([promptOf(5, 1)], endless, patient())
    await blocking.next()
    const leaving = new AbortController()
    const waiting = codeOf(() => collect(llm.generate([[5]], params, leaving.signal)))
    leaving.abort()
    assert.is(await waiting, 'cancelled')
    await blocking.return(undefined)
  }))

test('killed while eight streams run, the host comes back, and every stream goes on as if nothing had been', () =>
  using({}, async ({ llm, host }) => {
    const seeds = Array.from({ length: 8 }, (_, seed) => seed)
    const generate = (seed: number) =>
      llm.generate([promptOf(4 + seed * 9, seed)], { ...sampled, maxTokens: 150, seed }, patient())
    const alone: unknown[] = []
    for (const seed of seeds) alone.push(await collect(generate(seed)))
    const pid = host.pid!
    const begun = new Set<number>()
    const watch = (seed: number) => () => {
      begun.add(seed)
      if (begun.size === seeds.length && host.pid === pid) process.kill(pid, 'SIGKILL')
    }
    assert.equal(await Promise.all(seeds.map((seed) => collect(generate(seed), watch(seed)))), alone)
    assert.is.not(host.pid, pid)
    assert.ok(host.healthy)
  }))

test('a model that was unloaded answers nobody', async () => {
  const host = await start(1)
  const files = await readModelFiles(directoryOf('tiny-llama'))
  const llm = new LanguageModel('tiny', host, files, { maxModelLength: 256, maxAnswers: 5 }, tokenizer)
  await host.dispose()
  assert.is(await codeOf(() => collect(llm.generate([[5]], params, patient()))), 'model_not_ready')
})

test.run()
