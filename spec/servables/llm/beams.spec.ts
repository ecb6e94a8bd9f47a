import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Adjustments } from '../../../servables/llm/adjustments.ts'
import { LlmEngine, type SequenceEvent, type TokenEvent } from '../../../servables/llm/engine.ts'
import { Pasts } from '../../../servables/llm/pasts.ts'
import type { Runner } from '../../../servables/llm/runner.ts'
import type { SchedulerStats } from '../../../servables/llm/scheduler.ts'
import type { SequenceCommand } from '../../../servables/llm/sequence.ts'
import { blockBytesOf, codeOf, command, greedy, openTiny, promptOf } from './tiny-models.ts'

interface Search {
  readonly model: string
  readonly prompt: readonly number[]
  readonly beams: number
  readonly answers: number
  readonly length_penalty?: number
  readonly early_stopping?: boolean | 'never'
  readonly end_tokens?: readonly number[]
  readonly logit_bias?: Adjustments['logitBias']
  readonly min_tokens?: number
  readonly repetition_penalty?: number
  readonly bad_words?: Adjustments['badWords']
  readonly expected: readonly { readonly tokens: readonly number[]; readonly finish: string }[]
}

const golden: { readonly new_tokens: number; readonly searches: readonly Search[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'beams.golden.json'), 'utf8'),
)

const commandOf = (search: Search): SequenceCommand => {
  const { beams, answers, length_penalty = 1, early_stopping = false, end_tokens = [0, 2] } = search
  const { logit_bias, min_tokens, repetition_penalty, bad_words } = search
  return {
    ...command(search.prompt, golden.new_tokens),
    endTokens: end_tokens,
    adjustments: { logitBias: logit_bias, minTokens: min_tokens, repetitionPenalty: repetition_penalty, badWords: bad_words },
    beamSearch: { beams, answers, lengthPenalty: length_penalty, earlyStopping: early_stopping },
  }
}

interface Answered {
  /** Of each command: of a beam search the events of each answer, else all events. */
  readonly answers: readonly (readonly TokenEvent[] | readonly (readonly TokenEvent[])[])[]
  readonly stats: SchedulerStats
}

/** What an engine in this process answers, with the commands one by one or all at once. */
const answer = async (
  model: string,
  commands: readonly SequenceCommand[],
  { options = {}, oneByOne = false }: { readonly options?: object; readonly oneByOne?: boolean } = {},
): Promise<Answered> => {
  const { runner, init, dispose } = await openTiny(model, options)
  const events = commands.map((): SequenceEvent[] => [])
  const engine = new LlmEngine(runner, init, {
    started: () => {},
    emit: (emitted) => {
      for (const [id, event] of emitted) if (!('foundTokens' in event)) events[id]!.push(event)
    },
    fail: (_, error) => {
      throw error
    },
  })
  for (const [id, what] of commands.entries()) {
    engine.add(id, what)
    if (oneByOne) await engine.idle()
  }
  await engine.idle()
  const { stats } = engine
  await dispose()
  const answers = events.map((all) => {
    const [first] = all
    return first !== undefined && 'answers' in first ? first.answers : all.filter((event) => 0 in event)
  })
  return { answers, stats }
}

const toldOf = (answers: Answered['answers'][number]) =>
  (answers as readonly (readonly TokenEvent[])[]).map((events) => ({
    tokens: events.flatMap(([token]) => (token < 0 ? [] : [token])),
    finish: events.at(-1)![1],
  }))

for (const model of ['tiny-llama', 'tiny-qwen2', 'tiny-llama-optimum']) {
  test(`${model}: beam searches find the answers of transformers, whatever runs beside them`, async () => {
    const searches = golden.searches.filter((search) => search.model === model.replace('-optimum', ''))
    const { answers, stats } = await answer(model, searches.map(commandOf))
    for (const [index, { expected, ...search }] of searches.entries())
      assert.equal(toldOf(answers[index]!), expected, JSON.stringify(search))
    assert.equal([stats.running, stats.waiting, stats.cacheUsage], [0, 0, 0])
  })
}

const search = { beams: 4, answers: 4, lengthPenalty: 1, earlyStopping: false } as const
const sampled = { temperature: 1, topK: 40, topP: 0.95, minP: 0.01, seed: 77, choice: 0 }
/** Searches, and answers of other sorts between them. */
const mixed = [70, 9, 130, 65, 2, 33].map((length, index): SequenceCommand => {
  const what = command(promptOf(length, index), 64, index % 2 === 0 ? greedy : { ...sampled, choice: index })
  const beamSearch = { ...search, beams: 2 + index, answers: 2, lengthPenalty: index - 2 }
  return index % 3 === 1
    ? what
    : { ...what, endTokens: [2], adjustments: { logitBias: [[2, index % 2 === 0 ? -3 : 3]] }, logprobs: 1, beamSearch }
})

for (const model of ['tiny-llama', 'tiny-llama-optimum']) {
  test(`${model}: searches find the same in any company, in chunks, with found prompts, and when memory runs out`, async () => {
    const alone = await answer(model, mixed, { options: { enable_prefix_caching: false }, oneByOne: true })
    assert.equal((await answer(model, mixed)).answers, alone.answers)
    assert.equal((await answer(model, mixed, { oneByOne: true })).answers, alone.answers)
    const chunked = await answer(model, mixed, { options: { max_num_seqs: 9, max_num_batched_tokens: 70 } })
    assert.equal(chunked.answers, alone.answers)
    const cache_size = (30.5 * (await blockBytesOf(model))) / 2 ** 30
    const tight = await answer(model, mixed, { options: { cache_size } })
    assert.equal(tight.answers, alone.answers)
    assert.ok(tight.stats.preemptions > 0)
  })
}

test("an answer's logprobs are the model's, as those of the same text in a prompt are", async () => {
  const what = { ...command(promptOf(50, 3), 24), beamSearch: search, logprobs: 2, promptLogprobs: 0 }
  const { answers } = await answer('tiny-llama', [what])
  for (const events of answers[0] as readonly (readonly TokenEvent[])[]) {
    assert.is(events[0]![3]?.length, 49)
    const text = [...what.prompt, ...events.map(([token]) => token)]
    const scored = await answer('tiny-llama', [{ ...command(text, 0), promptLogprobs: 2 }])
    const expected = (scored.answers[0]![0] as TokenEvent)[3]!.slice(49)
    assert.is(events.length, 24)
    for (const [place, [token, , logprobs]] of events.entries()) {
      assert.equal([logprobs![0], logprobs![2]], [token, expected[place]![2]])
      assert.ok(Math.abs(logprobs![1]! - expected[place]![1]!) < 1e-4)
    }
  }
})

test('where a request allows few tokens, there are as many answers as can be, and empty ones', async () => {
  const few = { ...command(promptOf(9, 1), 2), adjustments: { allowedTokens: [70, 71] }, beamSearch: search }
  const { answers } = await answer('tiny-llama', [
    few,
    { ...few, adjustments: { allowedTokens: [70] } },
    { ...few, adjustments: { allowedTokens: [2], minTokens: 1 }, endTokens: [2] },
  ])
  const [four, one, none] = answers.map(toldOf)
  assert.equal(four!.map(({ tokens }) => tokens.join(' ')).sort(), ['70 70', '70 71', '71 70', '71 71'])
  const empty = { tokens: [], finish: 'stop' }
  assert.equal(one, [{ tokens: [70, 70], finish: 'length' }, empty, empty, empty])
  assert.equal(none, [empty, empty, empty, empty])
})

test('a search in which one beam has a logit that is no number fails, and no other; a run that fails ends it once', async () => {
  const good = Float32Array.from({ length: 8 }, (_, token) => -token)
  const bad = Float32Array.from(good, (logit, token) => (token === 5 ? NaN : logit))
  const failed: (readonly [id: number, code: string])[] = []
  const answered: number[] = []
  let breaks = false
  const runner: Runner = {
    vocabularySize: 8,
    givesAllLogits: true,
    lanes: 0,
    rewinds: false,
    run: async (run) => {
      if (breaks && run.kind === 'decode') throw new Error('out of order')
      return ({ id, tokens }) => (id === 2 && tokens.at(-1) === 1 && tokens.length === 5 ? bad : good).slice()
    },
    capacity: { blocks: 100, keptBlocks: 0 },
    memory: new Pasts(),
    dispose: () => {},
  }
  const engine = new LlmEngine(
    runner,
    { rows: 12, maxBatchedTokens: 100, splitPrompts: true },
    {
      started: () => {},
      emit: (events) => answered.push(...events.map(([id]) => id)),
      fail: (id, error) => failed.push([id, error.code]),
    },
  )
  for (const id of [1, 2, 3]) engine.add(id, { ...command([5, 6, 7], 6), beamSearch: search })
  await engine.idle()
  assert.equal([failed, answered], [[[2, 'internal']], [1, 3]])
  breaks = true
  engine.add(4, { ...command([5, 6, 7], 6), beamSearch: search })
  await engine.idle()
  assert.equal(failed.slice(1), [[4, 'internal']])
  assert.equal([engine.running, engine.stats.cacheUsage], [0, 0])
})

test('a search that could outgrow the cache even alone is refused', async () => {
  const cache_size = (20.5 * (await blockBytesOf('tiny-llama'))) / 2 ** 30
  const { runner, init, dispose } = await openTiny('tiny-llama', { cache_size })
  const engine = new LlmEngine(runner, init, { started: () => {}, emit: () => {}, fail: () => {} })
  const add = (tokens: number) => codeOf(() => engine.add(1, { ...command(promptOf(10, 1), tokens), beamSearch: search }))
  assert.is(await add(151), 'context_length_exceeded')
  assert.is(await add(150), 'nothing thrown')
  await engine.idle()
  await dispose()
})

test.run()
