import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LanguageModel, type LlmHost } from '../../../servables/llm/client.ts'
import type { SamplingParams, Step } from '../../../servables/llm/llm.ts'
import { readModelFiles } from '../../../servables/llm/model-files.ts'
import { loadTokenizer } from '../../../servables/tokenizer/index.ts'
import { samplingParams } from '../../support/fakes.ts'
import { eachStep } from '../../support/steps.ts'
import { codeOf, directoryOf, hostModel, promptOf } from './tiny-models.ts'

const directory = directoryOf('tiny-llama')
const files = await readModelFiles(directory)
const tokenizer = await loadTokenizer(directory)
/** Of a client that stays. */
const patient = (): AbortSignal => new AbortController().signal
const { host, llm } = await hostModel(directory, { options: { max_num_seqs: 8 }, tokenizer })
test.after(() => host.dispose())

/** The steps of one prompt's one answer, without what cannot be compared. */
const stepsOf = async (
  prompt: readonly number[],
  params: Partial<SamplingParams>,
  onStep: (step: Step) => void = () => {},
): Promise<readonly Omit<Step, 'choice' | 'drop'>[]> => {
  const steps: Omit<Step, 'choice' | 'drop'>[] = []
  const asked = samplingParams({ maxTokens: 24, ignoreEos: true, seed: 3, ...params })
  for await (const step of eachStep(llm.generate([prompt], asked, patient()))) {
    const { token, finish, logprobs, promptLogprobs } = step
    steps.push({ token, finish, logprobs, promptLogprobs })
    onStep(step)
  }
  return steps
}
const tokensOf = async (params: Partial<SamplingParams>) =>
  (await stepsOf(promptOf(12, 5), params)).flatMap(({ token }) => (token === undefined ? [] : [token]))

test('logprobs come with their tokens, and those of the prompt with the first', async () => {
  const steps = await stepsOf(promptOf(12, 5), { logprobs: 2, promptLogprobs: 1, maxTokens: 3 })
  assert.equal(
    steps.map(({ token, logprobs, promptLogprobs }) => [logprobs?.token === token, logprobs?.top.length, promptLogprobs?.length]),
    [
      [true, 2, 11],
      [true, 2, undefined],
      [true, 2, undefined],
    ],
  )
  assert.ok(steps.every(({ logprobs }) => logprobs!.rank === 1 && logprobs!.logprob < 0))
  const [none] = await stepsOf(promptOf(12, 5), { maxTokens: 1 })
  assert.equal([none?.logprobs, none?.promptLogprobs], [undefined, undefined])
})

test('a prompt may be scored without an answer', async () => {
  const steps = await stepsOf(promptOf(12, 5), { promptLogprobs: 0, maxTokens: 0 })
  assert.is(steps.length, 1)
  assert.equal([steps[0]!.token, steps[0]!.finish, steps[0]!.promptLogprobs!.length], [undefined, 'length', 11])
})

test('stop tokens end an answer, also when end-of-sequence tokens do not, and are told if the request wants them', async () => {
  const plain = await tokensOf({})
  const at = plain.findIndex((token, index) => index > 0 && plain.indexOf(token) === index)
  const stopTokens = [plain[at]!]
  assert.equal(await tokensOf({ stopTokens }), plain.slice(0, at))
  assert.equal(await tokensOf({ stopTokens, includeStopInOutput: true }), plain.slice(0, at + 1))
  const told: (number | undefined)[] = []
  const tell = ({ stopToken }: Step) => told.push(stopToken)
  for (const includeStopInOutput of [false, true]) await stepsOf(promptOf(12, 5), { stopTokens, includeStopInOutput }, tell)
  assert.equal(told, [
    ...plain.slice(0, at).map(() => undefined),
    plain[at],
    ...plain.slice(0, at).map(() => undefined),
    plain[at],
  ])
  assert.ok((await tokensOf({ stopTokens, minTokens: at + 1 })).length > at)
})

test('bias, allowed tokens and bad words rule what comes', async () => {
  assert.equal(await tokensOf({ logitBias: [[77, 100]], maxTokens: 3 }), [77, 77, 77])
  assert.ok((await tokensOf({ allowedTokens: [70, 71] })).every((token) => token === 70 || token === 71))
  const [a, b] = await Promise.all(['a', 'b'].map((text) => tokenizer.encode(text, { addSpecialTokens: false })))
  assert.equal([a!.length, b!.length], [1, 1])
  const free = await tokensOf({ allowedTokens: [a![0]!, b![0]!], temperature: 1 })
  assert.is(new Set(free).size, 2)
  assert.is(new Set(await tokensOf({ allowedTokens: [a![0]!, b![0]!], temperature: 1, badWords: ['a'] })).size, 1)
})

test('no n-gram comes twice, reasoning is ended in time, and an answer that repeats itself ends', async () => {
  const two = { allowedTokens: [70, 71, 72], maxTokens: 40 }
  const pairs = await tokensOf({ ...two, noRepeatNgram: 2 })
  const seen = pairs.slice(1).map((token, index) => `${pairs[index]} ${token}`)
  assert.is(new Set(seen).size, seen.length)
  const [end] = await tokenizer.encode('<|im_end|>', { addSpecialTokens: false })
  const thinking = { tokens: 4, begins: [], ends: ['<|im_end|>'] }
  assert.is((await tokensOf({ thinking, minTokens: 24, logitBias: [[end!, -100]] })).indexOf(end!), 4)
  const several = await tokenizer.encode('</think>', { addSpecialTokens: false })
  assert.ok(several.length > 1)
  const ended = await tokensOf({ thinking: { ...thinking, ends: ['</think>'] } })
  assert.equal(ended.slice(4, 4 + several.length), several)
  const repetition = { minSize: 1, maxSize: 3, count: 5 }
  const steps = await stepsOf(promptOf(12, 5), { logitBias: [[77, 100]], repetition })
  assert.equal(
    steps.map(({ token, finish }) => [token, finish]),
    [77, 77, 77, 77, 77].map((token, index) => [token, index === 4 ? 'repetition' : undefined]),
  )
})

test('logprobs of chosen tokens come in place of the likeliest, the likeliest of them first', async () => {
  const [all] = await stepsOf(promptOf(12, 5), { logprobs: 400, maxTokens: 1 })
  const known = all!.logprobs!.top.filter(([token]) => token % 7 === 0)
  const chosen = known.map(([token]) => token).sort((a, b) => a - b)
  const [step] = await stepsOf(promptOf(12, 5), { logprobs: 0, logprobTokens: chosen, maxTokens: 1 })
  assert.equal(step!.logprobs!.top, known)
  assert.ok(known.length > 3)
})

test('an answer with nothing left to say ends', async () => {
  const steps = await stepsOf(promptOf(12, 5), { allowedTokens: [...files.endTokens], minTokens: 4, ignoreEos: false })
  assert.equal(
    steps.map(({ token, finish }) => [token, finish]),
    [[undefined, 'stop']],
  )
})

test('a model that keeps the logits of a prompt to itself says so', async () => {
  const mute = { ...host, info: { ...host.info, givesAllLogits: false } } as unknown as LlmHost
  const limits = { maxModelLength: files.contextLength, maxAnswers: 4 }
  const other = new LanguageModel('tiny', mute, files, limits, tokenizer)
  const asked = other.generate([[5, 6]], samplingParams({ promptLogprobs: 0 }), patient())
  assert.is(await codeOf(() => asked.next()), 'unsupported_parameter')
})

test('killed while streams run with penalties and logprobs, the host goes on with the same tokens and logprobs', async () => {
  const params: Partial<SamplingParams> = {
    temperature: 1,
    topP: 0.97,
    maxTokens: 120,
    repetitionPenalty: 1.2,
    frequencyPenalty: 0.5,
    presencePenalty: 0.2,
    minTokens: 60,
    logprobs: 2,
    promptLogprobs: 1,
  }
  const prompts = Array.from({ length: 4 }, (_, seed) => promptOf(5 + seed * 9, seed))
  const alone: unknown[] = []
  for (const prompt of prompts) alone.push(await stepsOf(prompt, params))
  const pid = host.pid!
  const begun = new Set<unknown>()
  const watch = (prompt: unknown) => () => {
    begun.add(prompt)
    if (begun.size === prompts.length && host.pid === pid) process.kill(pid, 'SIGKILL')
  }
  assert.equal(await Promise.all(prompts.map((prompt) => stepsOf(prompt, params, watch(prompt)))), alone)
  assert.is.not(host.pid, pid)
})

test.run()
