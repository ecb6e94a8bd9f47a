import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Adjustments } from '../../../servables/llm/adjustments.ts'
import { LlmEngine, type SequenceEvent, type TokenEvent } from '../../../servables/llm/engine.ts'
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

test.run()
