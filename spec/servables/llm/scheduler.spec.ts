import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SMALLEST_ROOM } from '../../../servables/llm/chunks.ts'
import { type Outcome, type Run, Scheduler, type SchedulerLimits } from '../../../servables/llm/scheduler.ts'
import { Sequence, type SequenceCommand } from '../../../servables/llm/sequence.ts'

const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, seed: 0, choice: 0 }
const END = 99

const command = (prompt: number, answer: number, emitted = 0): SequenceCommand => ({
  prompt: new Array<number>(prompt).fill(1),
  emitted: new Array<number>(emitted).fill(2),
  sampling,
  maxLength: prompt + answer,
  endTokens: [END],
})

/** A scheduler, what it told, and a model that always answers 2. */
const scheduled = (rows: number, maxBatchedTokens: number, more: Partial<SchedulerLimits> = {}) => {
  const admitted: number[] = []
  const released: number[] = []
  const capacity = { blocks: 1000, keptBlocks: 0 }
  const nothing = () => {}
  const memory = { keep: nothing, restore: nothing, discard: nothing, move: nothing, copy: nothing }
  const scheduler = new Scheduler(
    { rows, maxBatchedTokens, splitPrompts: true, capacity, ...more },
    { ...memory, release: (row) => released.push(row) },
    { admitted: (sequence) => admitted.push(sequence.id), begun: nothing },
  )
  const add = (id: number, what: SequenceCommand): Sequence => {
    const sequence = new Sequence(id, what)
    scheduler.add(sequence)
    return sequence
  }
  const finish = (run: Run, token: number | undefined = 2): readonly Outcome[] =>
    scheduler.update(
      run,
      run.wanting.map((sequence) => ({ sequence, token })),
    )
  const step = (token?: number): Run => {
    const run = scheduler.next()
    if (run === undefined) throw new Error('nothing to do')
    finish(run, token)
    return run
  }
  return { scheduler, admitted, released, add, finish, step }
}

const describe = (run: Run | undefined): string =>
  run === undefined
    ? 'idle'
    : run.kind === 'prefill'
      ? `prefill ${run.sequence.id} ${run.from}-${run.to}`
      : run.kind === 'lanes'
        ? `lanes ${run.lanes.map(({ sequence, position, isGuess }) => `${sequence.id}:${position}${isGuess ? '?' : ''}`)}`
        : `decode ${run.sequences.map(({ id }) => id)} of rows ${run.lengths}`

test('a prompt is computed, then its answer token by token, then there is nothing to do', () => {
  const { scheduler, add, finish, released } = scheduled(2, 8)
  add(1, command(3, 3))
  const runs: string[] = []
  const outcomes: Outcome[] = []
  for (let run = scheduler.next(); run !== undefined; run = scheduler.next()) {
    runs.push(describe(run))
    outcomes.push(...finish(run))
  }
  assert.equal(runs, ['prefill 1 0-3', 'decode 1 of rows 4', 'decode 1 of rows 5'])
  assert.equal(
    outcomes.map(({ token, finish }) => [token, finish]),
    [
      [2, undefined],
      [2, undefined],
      [2, 'length'],
    ],
  )
  assert.equal(released, [0])
  assert.is(scheduler.freeRows, 2)
})

test('an end token ends an answer and is not told', () => {
  const { scheduler, add, finish } = scheduled(2, 8)
  const sequence = add(1, command(3, 5))
  const [outcome] = finish(scheduler.next()!, END)
  assert.is(outcome?.token, undefined)
  assert.is(outcome?.finish, 'stop')
  assert.is(sequence.tokens.length, 3)
  assert.is(scheduler.next(), undefined)
})

test('a long prompt is cut into chunks, with a token of every answer in progress between them', () => {
  const { add, step } = scheduled(4, 130)
  add(1, command(2, 9))
  step()
  add(2, command(300, 9))
  const runs = [step(), step(), step(), step(), step(), step(), step()].map(describe)
  assert.equal(runs, [
    'prefill 2 0-128',
    'decode 1 of rows 3',
    'prefill 2 128-256',
    'decode 1 of rows 4',
    'prefill 2 256-300',
    'decode 1,2 of rows 5,301',
    'decode 1,2 of rows 6,302',
  ])
})

test('first come, first served: later ones wait for a row', () => {
  const { scheduler, add, step, admitted } = scheduled(2, 100)
  for (const id of [1, 2, 3]) add(id, command(4, 2))
  assert.equal([step(), step(), step()].map(describe), ['prefill 1 0-4', 'prefill 2 0-4', 'decode 1,2 of rows 5,5'])
  assert.equal(admitted, [1, 2])
  assert.is(scheduler.waiting, 1)
  assert.is(describe(step()), 'prefill 3 0-4')
})

test('a row that takes no part in a decode run has its next position written, and a free one its first', () => {
  const { scheduler, add, step } = scheduled(4, 1300)
  for (const id of [1, 2, 3]) add(id, command(400, 9))
  for (let run = 0; run < 3; run++) step()
  scheduler.drop(2)
  assert.is(describe(step()), 'decode 1,3 of rows 401,1,401')
  add(4, command(2000, 9))
  assert.is(describe(step()), 'prefill 4 0-1280')
  assert.is(describe(step()), 'decode 1,3 of rows 402,1281,402')
})

test('rows at the end that are free are not decoded', () => {
  const { scheduler, add, step } = scheduled(4, 100)
  for (const id of [1, 2, 3]) add(id, command(2, 9))
  for (let run = 0; run < 3; run++) step()
  scheduler.drop(2)
  scheduler.drop(3)
  assert.is(describe(step()), 'decode 1 of rows 3')
})

test('a dropped sequence has no outcome, and its row is free after the run that is on', () => {
  const { scheduler, add, finish, released } = scheduled(1, 8)
  add(1, command(4, 5))
  add(2, command(4, 5))
  const run = scheduler.next()!
  scheduler.drop(1)
  assert.is(scheduler.freeRows, 0)
  assert.equal(finish(run), [])
  assert.is(describe(scheduler.next()), 'prefill 2 0-4')
  assert.equal(released, [0])
})

test('a dropped sequence that waits is gone at once', () => {
  const { scheduler, add, admitted } = scheduled(1, 8)
  add(1, command(4, 5))
  scheduler.drop(1)
  scheduler.drop(1)
  assert.is(scheduler.next(), undefined)
  assert.equal(admitted, [])
})

test('logits that were not numbers end their sequence, and no other', () => {
  const { scheduler, add, step } = scheduled(2, 100)
  add(1, command(2, 9))
  add(2, command(2, 9))
  step()
  step()
  const run = scheduler.next()!
  const picks = run.wanting.map((sequence) => ({ sequence, token: sequence.id === 1 ? undefined : 2 }))
  assert.equal(
    scheduler.update(run, picks).map(({ finish }) => finish),
    ['broken', undefined],
  )
  assert.is(describe(scheduler.next()), 'decode 2 of rows 4')
})

test('an answer that goes on behind known tokens computes them one by one, and tells only new ones', () => {
  const { scheduler, add, finish } = scheduled(2, 8)
  add(1, command(3, 6, 2))
  const told: string[] = []
  for (let run = scheduler.next(); run !== undefined; run = scheduler.next()) told.push(`${describe(run)}: ${finish(run).length}`)
  assert.equal(told, [
    'prefill 1 0-3: 0',
    'decode 1 of rows 4: 0',
    'decode 1 of rows 5: 1',
    'decode 1 of rows 6: 1',
    'decode 1 of rows 7: 1',
    'decode 1 of rows 8: 1',
  ])
})

test('lower priority values come first, and later ones of the same value wait', () => {
  const { add, step, admitted } = scheduled(1, 100)
  for (const [index, priority] of [0, 5, 0, -1, 5].entries()) add(index + 1, { ...command(4, 1), priority })
  for (let run = 0; run < 5; run++) step()
  assert.equal(admitted, [4, 1, 3, 2, 5])
})

test('without splitting, prompts are computed whole, a round for each that does not fit beside others', () => {
  const { add, step } = scheduled(4, 100, { splitPrompts: false })
  for (const [index, length] of [60, 30, 100, 100].entries()) add(index + 1, command(length, 9))
  const runs = Array.from({ length: 7 }, step).map((run) => describe(run).split(' of ')[0])
  assert.equal(runs, [
    'prefill 1 0-60',
    'prefill 2 0-30',
    'decode 1,2',
    'prefill 3 0-100',
    'decode 1,2,3',
    'prefill 4 0-100',
    'decode 1,2,3,4',
  ])
})

test('guesses have lanes behind the last token, and count as computed as far as they are right', () => {
  const { scheduler, add, finish, step } = scheduled(4, 100, { lanes: 8 })
  const [one, two] = [add(1, command(4, 20)), add(2, command(4, 20))]
  step()
  step()
  one.guess([2, 2, 7, 2])
  const run = scheduler.next()!
  assert.is(describe(run), 'lanes 1:4,1:5?,1:6?,1:7?,1:8?,2:4')
  assert.is(finish(run).length, 2)
  assert.equal([one.computed, two.computed], [6, 5])
  assert.equal(scheduler.stillWanting(run), [one])
  const again = () => scheduler.update(run, [{ sequence: one, token: 2 }])
  assert.is(again().length, 1)
  assert.equal(scheduler.stillWanting(run), [one])
  assert.is(again().length, 1)
  assert.equal(scheduler.stillWanting(run), [])
  assert.equal([one.tokens.length, one.computed, one.guesses], [8, 7, []])
  assert.is(describe(scheduler.next()), 'decode 1,2 of rows 8,6')
})

test('an answer ends at the token that ends it, however much was guessed behind it', () => {
  const { scheduler, add, finish, step } = scheduled(2, 100, { lanes: 8 })
  const sequence = add(1, command(4, 20))
  step()
  sequence.guess([END, 2])
  const run = scheduler.next()!
  assert.is(finish(run, END)[0]?.finish, 'stop')
  assert.equal(scheduler.stillWanting(run), [])
  assert.is(sequence.tokens.length, 5)
  assert.is(scheduler.next(), undefined)
})

test('guesses end where the answer must, one token before its longest', () => {
  const { scheduler, add, step } = scheduled(2, 100, { lanes: 8 })
  const sequence = add(1, command(4, 4))
  step()
  sequence.guess([2, 2, 2, 2, 2])
  assert.is(describe(scheduler.next()), 'lanes 1:4,1:5?,1:6?')
})

test('known tokens of an answer that goes on are computed in lanes, too', () => {
  const { scheduler, add, finish } = scheduled(2, 100, { lanes: 4 })
  const sequence = add(1, command(4, 9, 6))
  const runs: string[] = []
  for (let run = scheduler.next(); run !== undefined; run = scheduler.next()) runs.push(`${describe(run)}: ${finish(run).length}`)
  assert.equal(runs.slice(0, 4), ['prefill 1 0-4: 0', 'lanes 1:4,1:5,1:6,1:7: 0', 'lanes 1:8,1:9: 1', 'decode 1 of rows 11: 1'])
  assert.is(sequence.tokens.length, 13)
})

test('guesses take what lanes and memory are left, and no more', () => {
  const runs = [1, 2].map((blocks) => {
    const { scheduler, add, step } = scheduled(4, 100, { lanes: 4, capacity: { blocks, keptBlocks: 0 } })
    const sequence = add(1, command(30, 20))
    step()
    sequence.guess([3, 3, 3, 3])
    return describe(scheduler.next())
  })
  assert.equal(runs, ['decode 1 of rows 31', 'lanes 1:30,1:31?,1:32?,1:33?'])
})

test('with as many answers as lanes, none are guessed', () => {
  const { scheduler, add, step } = scheduled(4, 100, { lanes: 2 })
  const sequences = [add(1, command(4, 20)), add(2, command(4, 20))]
  step()
  step()
  for (const sequence of sequences) sequence.guess([3, 3])
  assert.is(describe(scheduler.next()), 'decode 1,2 of rows 5,5')
})

test('whatever comes, rows are never shared, prompts are cut in pieces of two and more, and all ends', () => {
  const arrivals = fc.array(
    fc.record({
      prompt: fc.integer({ min: 1, max: 300 }),
      answer: fc.integer({ min: 1, max: 8 }),
      at: fc.nat(30),
      dropAt: fc.nat(80),
    }),
    { maxLength: 20 },
  )
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 5 }), fc.integer({ min: SMALLEST_ROOM, max: 200 }), (all, rows, budget) => {
      const { scheduler, add, finish } = scheduled(rows, budget)
      const sequences = new Map<number, Sequence>()
      let prefilled = 0
      for (let time = 0, idle = false; time < 1500 && !(idle && time > 30); time++) {
        for (const [id, { prompt, answer, at }] of all.entries())
          if (at === time) sequences.set(id, add(id, command(prompt, answer)))
        const run = scheduler.next()
        for (const [id, { dropAt }] of all.entries()) if (dropAt === time) scheduler.drop(id)
        idle = run === undefined
        const answering = [...sequences.values()].some(
          (sequence) => sequence.row >= 0 && !sequence.isPrefilling && !sequence.ended,
        )
        if (!answering) prefilled = 0
        if (run === undefined) continue
        if (run.kind === 'prefill') {
          const { sequence, from, to } = run
          assert.is(from, sequence.computed)
          assert.ok(to - from > 1 || sequence.promptLength === 1)
          assert.is.not(sequence.promptLength - to, 1)
          prefilled += to - from
        } else if (run.kind === 'decode') {
          assert.ok(prefilled <= Math.max(budget, 3), `${prefilled} tokens of prompts between two of an answer`)
          prefilled = 0
          const taken = run.sequences.map(({ row }) => row)
          assert.is(new Set(taken).size, taken.length)
          for (const { row, computed } of run.sequences) assert.is(run.lengths[row], computed + 1)
        }
        finish(run)
      }
      assert.is(scheduler.next(), undefined)
      assert.is(scheduler.freeRows, rows)
      for (const [id, sequence] of sequences) {
        const { prompt, answer } = all[id]!
        assert.ok(sequence.ended || all[id]!.dropAt >= all[id]!.at)
        assert.ok(sequence.tokens.length <= prompt + answer)
      }
    }),
    { numRuns: 200 },
  )
})

test.run()
