import { setInterval } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LanguageModel, type LlmHost } from '../../../servables/llm/client.ts'
import type { SamplingParams } from '../../../servables/llm/llm.ts'
import { metricNames } from '../../../servables/llm/metrics.ts'
import { readModelFiles } from '../../../servables/llm/model-files.ts'
import { byteTokenizer, samplingParams } from '../../support/fakes.ts'
import { eachStep } from '../../support/steps.ts'
import { codeOf, directoryOf, hostModel, promptOf } from './tiny-models.ts'

const patient = (): AbortSignal => new AbortController().signal
const params = samplingParams({ maxTokens: 20, temperature: 1, seed: 5, ignoreEos: true })
const directory = directoryOf('tiny-llama')
const files = await readModelFiles(directory)

let host: LlmHost
test.before(async () => {
  host = (await hostModel(directory, { options: { max_num_seqs: 2 }, hasGrammars: true })).host
})
test.after(() => host.dispose())

const open = (limits: { maxAnswers?: number; maxQueuedTokens?: number } = {}) =>
  new LanguageModel('tiny', host, files, { maxModelLength: 256, maxAnswers: 20, ...limits }, byteTokenizer)

const ask = async (llm: LanguageModel, length: number, more: Partial<SamplingParams> = {}, signal = patient()) => {
  let tokens = 0
  for await (const { token } of eachStep(llm.generate([promptOf(length, 1)], { ...params, ...more }, signal))) {
    if (token !== undefined) tokens++
  }
  return tokens
}

/** Of a metric: its value, or those of its labels; of a histogram, how many values it has and their sum. */
const read = (llm: LanguageModel, name: string): unknown => {
  const metric = llm.metrics.find((each) => each.name === `vllm:${name}`)
  if (metric === undefined) return undefined
  if (metric.type === 'histogram') {
    return metric.samples.map(({ value: { counts, sum } }) => [counts.reduce((all, count) => all + count, 0), sum])[0]
  }
  const [only] = metric.samples
  if (only?.labels === undefined) return only?.value
  return Object.fromEntries(metric.samples.map(({ labels, value }) => [Object.values(labels ?? {})[0], value]))
}
const until = async (holds: () => boolean): Promise<void> => {
  for await (const _ of setInterval(10)) if (holds()) return
}

test("there are all of vLLM's names", () => {
  const gauges = ['num_requests_running', 'num_requests_waiting', 'kv_cache_usage_perc', 'cache_config_info']
  const counters = ['prefix_cache_queries', 'prefix_cache_hits', 'num_preemptions', 'prompt_tokens', 'generation_tokens']
  const more = ['request_success', 'admission_rejections', 'corrupted_requests']
  const guesses = ['num_drafts', 'num_draft_tokens', 'num_accepted_tokens'].map((name) => `spec_decode_${name}`)
  const times = ['time_to_first_token', 'inter_token_latency', 'time_per_output_token', 'e2e_request_latency']
  const parts = ['queue_time', 'inference_time', 'prefill_time', 'decode_time', 'time_per_output_token'].map(
    (x) => `request_${x}`,
  )
  const sizes = ['request_prompt_tokens', 'request_generation_tokens', 'request_max_num_generation_tokens']
  const asked = ['request_params_n', 'request_params_max_tokens', 'iteration_tokens_total']
  const expected = [
    ...gauges,
    ...[...counters, ...more, ...guesses].map((name) => `${name}_total`),
    ...[...times, ...parts].map((name) => `${name}_seconds`),
    ...sizes,
    ...asked,
  ]
  assert.equal([...metricNames].sort(), expected.map((name) => `vllm:${name}`).sort())
  assert.equal(
    open()
      .metrics.map(({ name }) => name)
      .sort(),
    [...metricNames].sort(),
  )
})

test('answers are counted with their tokens, their times and how they ended', async () => {
  const llm = open()
  assert.is(await ask(llm, 100, { n: 3 }), 60)
  assert.is(await ask(llm, 30, { maxTokens: 7 }), 7)
  assert.equal(read(llm, 'request_success_total'), { stop: 0, length: 4, abort: 0, error: 0, repetition: 0 })
  assert.is(read(llm, 'prompt_tokens_total'), 330)
  assert.is(read(llm, 'generation_tokens_total'), 67)
  assert.equal(read(llm, 'request_prompt_tokens'), [4, 330])
  assert.equal(read(llm, 'request_generation_tokens'), [4, 67])
  assert.equal(read(llm, 'request_max_num_generation_tokens'), [2, 27])
  assert.equal(read(llm, 'request_params_n'), [2, 4])
  assert.equal(read(llm, 'request_params_max_tokens'), [4, 67])
  const [gaps, gapsSum] = read(llm, 'inter_token_latency_seconds') as [number, number]
  assert.is(gaps, 63)
  const sumOf = (name: string): number => {
    const [count, sum] = read(llm, `${name}_seconds`) as [number, number]
    assert.is(count, 4, name)
    assert.ok(sum > 0, name)
    return sum
  }
  const near = (found: number, expected: number) => assert.ok(Math.abs(found - expected) < 1e-6, `${found}, not ${expected}`)
  near(sumOf('request_decode_time'), gapsSum)
  near(sumOf('request_inference_time'), sumOf('request_prefill_time') + sumOf('request_decode_time'))
  near(sumOf('time_to_first_token'), sumOf('request_queue_time') + sumOf('request_prefill_time'))
  assert.ok(sumOf('e2e_request_latency') >= sumOf('request_queue_time') + sumOf('request_inference_time'))
  sumOf('request_time_per_output_token')
})

test('an end token and a stop string are stops; a client that leaves aborts; a bad grammar is no answer', async () => {
  const llm = open()
  const endTokens = Array.from({ length: 512 }, (_, token) => token)
  await ask(llm, 30, { stopTokens: endTokens })
  for await (const step of eachStep(llm.generate([promptOf(30, 1)], params, patient()))) step.drop()
  assert.equal(read(llm, 'request_success_total'), { stop: 2, length: 0, abort: 0, error: 0, repetition: 0 })
  const leaving = new AbortController()
  const leave = async () => {
    for await (const _ of llm.generate([promptOf(30, 1)], { ...params, maxTokens: undefined, n: 4 }, leaving.signal))
      leaving.abort()
  }
  assert.is(await codeOf(leave), 'cancelled')
  assert.equal(read(llm, 'request_success_total'), { stop: 2, length: 0, abort: 4, error: 0, repetition: 0 })
  assert.is(await codeOf(() => ask(llm, 30, { grammar: { type: 'regex', pattern: '(' } })), 'invalid_value')
  assert.is(await codeOf(() => ask(llm, 256)), 'context_length_exceeded')
  assert.equal(read(llm, 'request_success_total'), { stop: 2, length: 0, abort: 4, error: 0, repetition: 0 })
})

test('requests beyond the queue, in answers or in tokens, are refused for now, and counted; what can never fit is so before', async () => {
  const few = open({ maxAnswers: 4 })
  const taken = [ask(few, 20, { n: 2 }), ask(few, 20, { n: 2 })]
  assert.is(await codeOf(() => ask(few, 20)), 'overloaded')
  assert.is(await codeOf(() => ask(few, 256)), 'context_length_exceeded')
  assert.equal(await Promise.all(taken), [40, 40])
  assert.equal(read(few, 'admission_rejections_total'), { max_num_queued_seqs: 1, max_num_queued_tokens: 0 })

  const short = open({ maxQueuedTokens: 150 })
  // The second is taken although both are beyond the limit, as the first is below it.
  const waiting = [ask(short, 100), ask(short, 100)]
  const refusal = await ask(short, 5).catch((error: unknown) => error)
  assert.equal([(refusal as { code: string }).code, (refusal as { retryAfter: number }).retryAfter], ['overloaded', 1])
  assert.is(await codeOf(() => ask(short, 256)), 'context_length_exceeded')
  assert.equal(await Promise.all(waiting), [20, 20])
  assert.equal(read(short, 'admission_rejections_total'), { max_num_queued_seqs: 0, max_num_queued_tokens: 1 })
  assert.is(await ask(short, 5), 20)
})

test('an answer whose grammar is being compiled waits, and takes room', async () => {
  const llm = open({ maxAnswers: 2 })
  const leaving = new AbortController()
  const properties = Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`p${index}`, { type: 'string' }]))
  const grammar = { type: 'json_schema', schema: { type: 'object', properties } } as const
  const compiling = codeOf(() => ask(llm, 20, { n: 2, grammar }, leaving.signal))
  // What the host counts comes with its next pong: those of the tests before may still stand.
  await until(() => read(llm, 'num_requests_waiting') === 2 && read(llm, 'num_requests_running') === 0)
  assert.is(await codeOf(() => ask(llm, 20)), 'overloaded')
  leaving.abort()
  assert.is(await compiling, 'cancelled')
  await until(() => read(llm, 'num_requests_waiting') === 0)
  assert.is(await ask(llm, 20), 20)
})

test('while the host restarts, all answers wait, and nothing is told of what it counts', async () => {
  const llm = open()
  const before = host.restarts
  const answer = ask(llm, 40, { maxTokens: 200, n: 2 })
  await until(() => read(llm, 'prompt_tokens_total') === 80)
  process.kill(host.pid!, 'SIGKILL')
  await until(() => !host.healthy)
  assert.equal(
    ['num_requests_running', 'num_requests_waiting', 'kv_cache_usage_perc', 'num_preemptions_total'].map((name) =>
      read(llm, name),
    ),
    [0, 2, 0, undefined],
  )
  assert.is(await answer, 400)
  assert.is(read(llm, 'generation_tokens_total'), 400)
  assert.is(host.restarts, before + 1)
  const computed = () => (read(llm, 'iteration_tokens_total') as [runs: number, tokens: number] | undefined) ?? [0, 0]
  await until(() => computed()[0] > 0)
  const [runs, tokens] = computed()
  assert.ok(tokens >= runs)
  assert.is(read(llm, 'num_preemptions_total'), 0)
})

test.run()
