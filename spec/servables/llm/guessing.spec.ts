import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DraftModel } from '../../../servables/llm/draft-model.ts'
import { LlmEngine, type SequenceEvent } from '../../../servables/llm/engine.ts'
import { Guesser } from '../../../servables/llm/guesser.ts'
import { openGuesser } from '../../../servables/llm/open-guesser.ts'
import type { Sampling } from '../../../servables/llm/sampler.ts'
import type { SequenceCommand } from '../../../servables/llm/sequence.ts'
import { blockBytesOf, command, openTiny, promptOf } from './tiny-models.ts'

/** Guesses are computed on Linux alone; elsewhere all of this holds, but nothing is accepted. */
const guesses = process.platform === 'linux'

interface Answering {
  readonly engine: LlmEngine
  /** Everything that is told of each, in order. */
  readonly answersTo: (commands: readonly SequenceCommand[]) => Promise<readonly (readonly SequenceEvent[])[]>
  readonly dispose: () => Promise<void>
}

/** As if the draft model were a small one. */
const draftCost = 0.05

const openDraft = async (model: string, options: object): Promise<DraftModel> => {
  const { runner, init, dispose } = await openTiny(model, { ...options, prompt_lookup: false, cache_size: 0 })
  return new DraftModel(runner, draftCost, init, dispose)
}

const open = async (model: string, options: object = {}, draft?: string): Promise<Answering> => {
  const all = { enable_prefix_caching: false, ...options, prompt_lookup: draft !== undefined || 'prompt_lookup' in options }
  const { runner, init, dispose } = await openTiny(model, all)
  const guesser =
    draft === undefined || runner.lanes === 0
      ? await openGuesser(runner, init, { log: () => {}, progress: () => {} })
      : new Guesser(await openDraft(draft, all), runner.lanes)
  const told = new Map<number, SequenceEvent[]>()
  let next = 0
  const listener = {
    started: () => {},
    emit: (events: readonly (readonly [number, SequenceEvent])[]) => {
      for (const [id, event] of events) told.set(id, [...(told.get(id) ?? []), event])
    },
    fail: (_: number, error: Error) => {
      throw error
    },
  }
  const engine = new LlmEngine(runner, init, listener, guesser)
  return {
    engine,
    async answersTo(commands) {
      const ids = commands.map(() => next++)
      for (const [index, id] of ids.entries()) engine.add(id, commands[index]!)
      await engine.idle()
      return ids.map((id) => told.get(id) ?? [])
    },
    async dispose() {
      await guesser?.dispose()
      await dispose()
    },
  }
}

const sampled = (choice: number): Sampling => ({ temperature: 1, topK: 40, topP: 0.95, minP: 0.01, seed: 77, choice })
const few = [11, 12, 13, 14, 15]

/** Answers that repeat themselves, as they are made of few tokens, and some that do not. */
const commands: readonly SequenceCommand[] = [
  { ...command(promptOf(30, 1), 60), adjustments: { allowedTokens: few } },
  { ...command(promptOf(70, 2), 60, sampled(1)), adjustments: { allowedTokens: few } },
  command([...promptOf(40, 3), ...promptOf(40, 3)], 60),
  command([...promptOf(40, 4), ...promptOf(40, 4)], 60, sampled(3)),
  { ...command(promptOf(20, 5), 60), adjustments: { allowedTokens: [...few, 2], minTokens: 20 }, endTokens: [2], logprobs: 3 },
  {
    ...command(promptOf(50, 6), 60, sampled(5)),
    adjustments: {
      allowedTokens: few,
      repetitionPenalty: 1.2,
      presencePenalty: 0.3,
      frequencyPenalty: 0.1,
      logitBias: [[12, 1]],
    },
    logprobs: 0,
    promptLogprobs: 1,
  },
  { ...command(promptOf(33, 7), 60), adjustments: { allowedTokens: few, badWords: [[11, 12], [13]] }, lastTokens: [15] },
  {
    ...command(promptOf(9, 8), 60, sampled(7)),
    adjustments: { allowedTokens: [11, 12] },
    guessing: { tokens: 12, ngramSize: 1 },
  },
]

const plainly = async (model: string): Promise<readonly (readonly SequenceEvent[])[]> => {
  const { answersTo, dispose } = await open(model)
  const answers = await answersTo(commands)
  await dispose()
  return answers
}

const tokensOf = (events: readonly SequenceEvent[]): readonly number[] =>
  events.flatMap((event) => (0 in event && event[0] >= 0 ? [event[0]] : []))

for (const model of ['tiny-llama', 'tiny-qwen2']) {
  for (const [how, options, draft] of [
    ['prompt lookup', { prompt_lookup: true }, undefined],
    ['a draft model that is the same', {}, model],
    ['a draft model that is another', {}, model === 'tiny-llama' ? 'tiny-qwen2' : 'tiny-llama'],
  ] as const) {
    test(`${model}, ${how}: all that is told of answers is what is told without guesses`, async () => {
      const expected = await plainly(model)
      const { engine, answersTo, dispose } = await open(model, options, draft)
      for (const [index, one] of commands.entries()) assert.equal(await answersTo([one]), [expected[index]], `alone: ${index}`)
      const { drafts, draftTokens, acceptedTokens } = engine.stats
      if (guesses) assert.ok(drafts > 0 && acceptedTokens > 0 && acceptedTokens <= draftTokens)
      assert.equal(await answersTo(commands), expected, 'together')
      assert.equal(await answersTo(commands.slice(0, 3)), expected.slice(0, 3), 'three of them')
      await dispose()
    })

    test(`${model}, ${how}: answers that go on behind known tokens, or lose their rows, are the same`, async () => {
      const expected = await plainly(model)
      const cut = (id: number) => Math.min((id * 13) % 40, tokensOf(expected[id]!).length - 1)
      const further = commands.map((what, id) => ({ ...what, emitted: tokensOf(expected[id]!).slice(0, cut(id)) }))
      const rest = expected.map((events, id) => tokensOf(events).slice(cut(id)))
      const ample = await open(model, options, draft)
      assert.equal((await ample.answersTo(further)).map(tokensOf), rest)
      await ample.dispose()
      const cache_size = (8.5 * (await blockBytesOf(model))) / 2 ** 30
      const scant = await open(model, { ...options, cache_size }, draft)
      assert.equal(await scant.answersTo(commands), expected)
      assert.ok(scant.engine.stats.preemptions > 0)
      await scant.dispose()
    })
  }
}

test('an answer that repeats itself takes far fewer runs than it has tokens, and what was kept of a prefix is right', async () => {
  if (!guesses) return
  const same = { ...command(promptOf(70, 1), 120), adjustments: { allowedTokens: [11] } }
  const { engine, answersTo, dispose } = await open('tiny-llama', { prompt_lookup: true, enable_prefix_caching: true })
  await answersTo([same])
  assert.ok(engine.runs < 40, `${engine.runs} runs`)
  const after = [...promptOf(70, 1), ...new Array<number>(40).fill(11), ...promptOf(20, 2)]
  const [found] = await answersTo([command(after, 20)])
  const fresh = await open('tiny-llama')
  assert.equal(tokensOf(found!), tokensOf((await fresh.answersTo([command(after, 20)]))[0]!))
  await fresh.dispose()
  await dispose()
})

test('a draft model that thinks alike is right nearly always, sampling too; one that does not is asked less and less', async () => {
  if (!guesses) return
  const asked = [command(promptOf(40, 1), 100, sampled(1))]
  const accepted: number[] = []
  const drafted: number[] = []
  for (const draft of ['tiny-llama', 'tiny-qwen2']) {
    const { engine, answersTo, dispose } = await open('tiny-llama', {}, draft)
    await answersTo(asked)
    accepted.push(engine.stats.acceptedTokens / engine.stats.draftTokens)
    drafted.push(engine.stats.draftTokens)
    await dispose()
  }
  assert.ok(accepted[0]! > 0.95, String(accepted))
  assert.ok(accepted[1]! < 0.7 && drafted[1]! < 40, `${accepted}, ${drafted}`)
})

test('a draft model that is to be sure guesses less far', async () => {
  if (!guesses) return
  const lengths: number[] = []
  for (const confidence of [1e-6, 0.9]) {
    const { engine, answersTo, dispose } = await open('tiny-llama', {}, 'tiny-llama')
    await answersTo([{ ...command(promptOf(40, 1), 60), guessing: { confidence } }])
    lengths.push(engine.stats.draftTokens)
    await dispose()
  }
  assert.ok(lengths[0]! > lengths[1]!, String(lengths))
})

test('models whose cache cannot be shown several times answer without guesses, and the log says so', async () => {
  const logged: string[] = []
  const { runner, init, dispose } = await openTiny('tiny-llama-optimum', { prompt_lookup: true })
  assert.is(await openGuesser(runner, init, { log: (_, message) => logged.push(message), progress: () => {} }), undefined)
  assert.is(runner.lanes, 0)
  await dispose()
})

test.run()
