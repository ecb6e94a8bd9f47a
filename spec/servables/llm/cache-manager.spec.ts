import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BeamSearch, type Candidate, type FoundAnswer } from '../../../servables/llm/beam-search.ts'
import { blockSize, blocksFor } from '../../../servables/llm/blocks.ts'
import type { CacheMemory } from '../../../servables/llm/cache-manager.ts'
import { type Run, Scheduler, type SchedulerLimits } from '../../../servables/llm/scheduler.ts'
import { Sequence, type SequenceCommand } from '../../../servables/llm/sequence.ts'
import { greedy } from './tiny-models.ts'

/**
 * What each position of a row holds, as a number: all tokens up to there, and how many of them were computed as a prompt. Numbers
 * stand for keys and values, whose bits depend on just that.
 */
const cellsOf = ({ tokens, promptLength, width }: Sequence): readonly number[] => {
  // Beams change their tokens.
  const cells = (width === 1 && knownCells.get(tokens)) || []
  knownCells.set(tokens, cells)
  for (let position = cells.length; position < tokens.length; position++) {
    const sum = Math.floor((cells[position - 1] ?? 0) / 1000)
    cells.push(((sum * 31 + tokens[position]! + 1) % 1_000_003) * 1000 + Math.min(promptLength, position + 1))
  }
  return cells
}

const knownCells = new WeakMap<readonly number[], number[]>()

/** The model: the next token after these. */
const nextOf = (tokens: readonly number[]): number => tokens.reduce((sum, token) => (sum * 7 + token) % 97, 1)

/** What a beam may go on with. */
const candidatesAfter = (tokens: readonly number[]): readonly Candidate[] =>
  [0, 1, 2, 3].map((place) => [(nextOf(tokens) + place * 31) % 97, -1 - place / (1 + (tokens.at(-1)! % 5))])

/** A scheduler over rows and slots of numbers; each run is checked to find in its rows what it needs. */
class Simulation implements CacheMemory {
  readonly scheduler: Scheduler
  readonly admitted: number[] = []
  readonly found = new Map<number, number>()
  readonly events: string[] = []
  readonly copies: (readonly [first: number, end: number])[] = []
  /** Of beam searches. */
  readonly answers = new Map<number, readonly FoundAnswer[]>()
  readonly #limits: SchedulerLimits
  readonly #rows: number[][]
  readonly #slots = new Map<number, readonly number[]>()
  readonly #sequences: Sequence[] = []
  readonly #dropped = new Set<number>()

  constructor({ blocks = 1000, keptBlocks = 0, ...limits }: Partial<SchedulerLimits & SchedulerLimits['capacity']> = {}) {
    this.#limits = { rows: 4, maxBatchedTokens: 1000, splitPrompts: true, capacity: { blocks, keptBlocks }, ...limits }
    this.#rows = Array.from({ length: this.#limits.rows }, () => [])
    this.scheduler = new Scheduler(this.#limits, this, {
      admitted: (sequence) => this.#admitted(sequence),
      begun: ({ id }, tokens) => this.found.set(id, tokens),
    })
  }

  keep(row: number, block: number, slot: number): void {
    this.#slots.set(slot, this.#rows[row]!.slice(block * blockSize, (block + 1) * blockSize))
  }

  restore(slot: number, row: number, block: number): void {
    this.#rows[row]!.splice(block * blockSize, blockSize, ...this.#slots.get(slot)!)
  }

  discard(slot: number): void {
    this.#slots.delete(slot)
  }

  move(from: number, to: number, length: number): void {
    this.events.push(`${from}→${to}`)
    this.#rows[to] = this.#rows[from]!.slice(0, length)
  }

  copy(from: number, to: number, first: number, end: number): void {
    this.copies.push([first, end])
    this.#rows[to]!.splice(first, end - first, ...this.#rows[from]!.slice(first, end))
  }

  release(row: number): void {
    this.#rows[row] = []
  }

  add(command: SequenceCommand, id = this.#sequences.length): Sequence {
    const sequence = new Sequence(id, command)
    this.#sequences.push(sequence)
    this.scheduler.add(sequence)
    return sequence
  }

  drop(id: number): void {
    this.#dropped.add(id)
    this.scheduler.drop(id)
  }

  /** Nobody is overtaken who waits. */
  #admitted(sequence: Sequence): void {
    this.admitted.push(sequence.id)
    const waiting = this.#sequences.filter(({ id, row, ended }) => row < 0 && !ended && !this.#dropped.has(id))
    for (const other of waiting) {
      assert.ok(sequence.priority < other.priority || (sequence.priority === other.priority && sequence.id < other.id))
    }
  }

  /** One run, if there is anything to do. `during` happens while the model computes. */
  step(during: () => void = () => {}): Run | undefined {
    const run = this.scheduler.next()
    if (run === undefined) return undefined
    this.#check()
    this.#compute(run)
    during()
    const outcomes = this.scheduler.update(
      run,
      run.wanting.map((sequence) => ({
        sequence,
        token: nextOf(sequence.tokens),
        ...(sequence.search && { candidates: sequence.beams.map(({ tokens }) => candidatesAfter(tokens)) }),
      })),
    )
    for (const { sequence, answers } of outcomes) if (answers !== undefined) this.answers.set(sequence.id, answers)
    return run
  }

  finish(): void {
    while (this.step() !== undefined);
  }

  /** Who has a row has in it what it counts as computed, and everything together fits. */
  #check(): void {
    const { capacity } = this.#limits
    const inWork = this.#sequences.filter(({ row }) => row >= 0)
    assert.is(inWork.length, this.scheduler.running)
    const running = inWork.flatMap(({ beams }) => beams)
    const used = inWork.reduce((sum, { blocks }) => sum + blocks, 0)
    assert.ok(used >= running.reduce((sum, { tokens }) => sum + blocksFor(tokens.length), 0))
    assert.ok(running.length + this.scheduler.freeRows <= this.#limits.rows)
    assert.ok(used + this.scheduler.keptBlocks <= capacity.blocks, 'too much memory')
    assert.ok(this.scheduler.keptBlocks <= capacity.keptBlocks)
    assert.is(this.scheduler.stats.cacheUsage, used / capacity.blocks)
    assert.is(new Set(running.map(({ row }) => row)).size, running.length)
    for (const sequence of running) {
      const [cells, row] = [cellsOf(sequence), this.#rows[sequence.row]!]
      for (let position = 0; position < sequence.computed; position++) {
        assert.is(row[position], cells[position], `sequence ${sequence.id} at ${position}`)
      }
    }
  }

  /** As ONNX Runtime does: rows of a decode run without a sequence, and those of others, get a position of nonsense. */
  #compute(run: Run): void {
    if (run.kind === 'prefill') {
      const { sequence, from, to } = run
      for (let position = from; position < to; position++) this.#rows[sequence.row]![position] = cellsOf(sequence)[position]!
      return
    }
    if (run.kind === 'lanes') {
      for (const { sequence, position, isGuess } of run.lanes)
        this.#rows[sequence.row]![position] = isGuess ? -1 : cellsOf(sequence)[position]!
      return
    }
    for (const [row, length] of run.lengths.entries()) this.#rows[row]![length - 1] = -1
    for (const sequence of run.sequences) this.#rows[sequence.row]![sequence.computed] = cellsOf(sequence)[sequence.computed]!
  }
}

const prompt = (length: number, from = 0): readonly number[] => Array.from({ length }, (_, index) => (from + index) % 50)
const command = (tokens: readonly number[], answer: number, more: Partial<SequenceCommand> = {}): SequenceCommand => ({
  prompt: tokens,
  emitted: [],
  sampling: greedy,
  maxLength: tokens.length + answer,
  endTokens: [],
  ...more,
})

const answerTo = (what: SequenceCommand): readonly number[] => {
  const tokens = [...what.prompt]
  while (tokens.length < what.maxLength) tokens.push(nextOf(tokens))
  return tokens
}

const search = { beams: 3, answers: 2, lengthPenalty: 1, earlyStopping: false } as const

/** What a beam search finds when every beam's tokens are computed from the beginning in each step. */
const found = (what: SequenceCommand): readonly FoundAnswer[] => {
  const ends = (token: number) => what.endTokens.includes(token)
  const alone = new BeamSearch(what.beamSearch!, what.maxLength - what.prompt.length, { ends, tells: () => false })
  let beams = [what.prompt]
  for (let next = alone.advance(beams.map(candidatesAfter)); next.length > 0; next = alone.advance(beams.map(candidatesAfter)))
    beams = next.map(({ parent, token }) => [...beams[parent]!, token])
  return alone.answers()
}

test('a prompt met again is found, but for its last tokens; so is what two prompts have in common', () => {
  const simulation = new Simulation({ keptBlocks: 100 })
  const shared = prompt(3 * blockSize)
  for (const tokens of [shared, shared, [...shared, 7], [...shared, 7, 8], [...shared.slice(0, 70), 1, 2, 3, 4, 5]]) {
    simulation.add(command(tokens, 4))
    simulation.finish()
  }
  // Prompts are cut at multiples of 64.
  assert.equal(
    [...simulation.found.values()],
    [0, 2, 2, 2, 2].map((blocks) => blocks * blockSize),
  )
  const { prefixCacheHits, prefixCacheQueries } = simulation.scheduler.stats
  assert.equal([prefixCacheHits, prefixCacheQueries], [8 * blockSize, 96 + 96 + 97 + 98 + 75])
})

test('prompts that come together share what the first of them leaves', () => {
  const simulation = new Simulation({ keptBlocks: 100 })
  for (let answer = 0; answer < 3; answer++) simulation.add(command(prompt(100), 5, { sampling: { ...greedy, choice: answer } }))
  const runs = [simulation.step(), simulation.step(), simulation.step()]
  assert.equal(
    runs.map((run) => run?.kind === 'prefill' && run.to - run.from),
    [100, 36, 36],
  )
})

test('salts do not share', () => {
  const simulation = new Simulation({ keptBlocks: 100 })
  for (const cacheSalt of [undefined, 'a', 'b', 'a', undefined]) {
    simulation.add(command(prompt(100), 2, { cacheSalt }))
    simulation.finish()
  }
  assert.equal([...simulation.found.values()], [0, 0, 0, 64, 64])
})

test("an answer's blocks are none of a prompt's, though the tokens are the same", () => {
  const simulation = new Simulation({ keptBlocks: 100 })
  const first = simulation.add(command(prompt(20), 100))
  simulation.finish()
  simulation.add(command([...first.tokens, 1, 2], 4))
  simulation.finish()
  assert.is(simulation.found.get(1), 0)
})

test('without a budget nothing is kept', () => {
  const simulation = new Simulation()
  for (let time = 0; time < 2; time++) {
    simulation.add(command(prompt(100), 2))
    simulation.finish()
  }
  assert.equal([simulation.found.size, simulation.scheduler.keptBlocks], [0, 0])
  assert.is(simulation.scheduler.stats.prefixCacheQueries, 0)
})

test('what would have no number is not kept', () => {
  const simulation = new Simulation({ keptBlocks: 100 })
  const sequence = simulation.add(command(prompt(100), 2))
  const run = simulation.scheduler.next()!
  simulation.scheduler.update(run, [{ sequence, token: undefined }])
  assert.is(simulation.scheduler.keptBlocks, 0)
})

test('while memory is short, who comes waits; kept blocks are given up first', () => {
  const simulation = new Simulation({ blocks: 10, keptBlocks: 10 })
  simulation.add(command(prompt(100), 2))
  simulation.finish()
  assert.is(simulation.scheduler.keptBlocks, 3)
  for (const from of [7, 9, 11]) simulation.add(command(prompt(100, from), 20))
  simulation.step()
  assert.equal(simulation.admitted, [0, 1, 2])
  // Four blocks for each of the two, and one for the first to grow.
  assert.is(simulation.scheduler.keptBlocks, 1)
  simulation.finish()
  assert.equal(simulation.admitted, [0, 1, 2, 3])
  assert.is(simulation.scheduler.stats.preemptions, 0)
})

test('when answers outgrow the memory the youngest waits, goes on before those that came later, and says the same', () => {
  for (const keptBlocks of [0, 8]) {
    const simulation = new Simulation({ blocks: 8, keptBlocks })
    const commands = [0, 11, 22, 33].map((from) => command(prompt(40, from), 100))
    const sequences = commands.map((what) => simulation.add(what))
    simulation.finish()
    assert.equal(
      sequences.map(({ tokens }) => tokens),
      commands.map(answerTo),
    )
    const { preemptions, running, waiting } = simulation.scheduler.stats
    assert.ok(preemptions > 0)
    assert.equal([running, waiting], [0, 0])
    const last = simulation.admitted.map((id) => simulation.admitted.lastIndexOf(id))
    assert.equal(
      [0, 1, 2, 3].sort((a, b) => last[simulation.admitted.indexOf(a)]! - last[simulation.admitted.indexOf(b)]!),
      [0, 1, 2, 3],
    )
    assert.is(simulation.found.size, keptBlocks > 0 ? 4 : 0)
  }
})

test('what is preempted is copied back, answer and all, if there was room to keep it', () => {
  const runsOf = (keptBlocks: number): number => {
    const simulation = new Simulation({ blocks: 9, keptBlocks })
    for (const from of [0, 11]) simulation.add(command(prompt(64, from), 100))
    let runs = 0
    while (simulation.step() !== undefined) runs++
    assert.is(simulation.scheduler.stats.preemptions, 1)
    return runs
  }
  assert.ok(runsOf(9) < runsOf(0) - blockSize)
})

test('a beam search computes its prompt once, and only what differs is copied', () => {
  const simulation = new Simulation({ rows: 4 })
  simulation.add(command(prompt(100), 30, { beamSearch: search }))
  const runs: (Run | undefined)[] = []
  do runs.push(simulation.step())
  while (runs.at(-1) !== undefined)
  assert.equal(
    runs.map((run) => run?.kind),
    ['prefill', ...new Array(29).fill('decode'), undefined],
  )
  assert.equal(simulation.answers.get(0), found(command(prompt(100), 30, { beamSearch: search })))
  const copied = simulation.copies.map(([first, end]) => end - first)
  assert.equal(copied.slice(0, 2), [100, 100])
  assert.ok(copied.length > 5)
  assert.ok(copied.slice(2).every((tokens) => tokens < 30))
})

test('a beam search waits for all its rows, and no one overtakes it', () => {
  const simulation = new Simulation({ rows: 4 })
  simulation.add(command(prompt(10), 5))
  simulation.add(command(prompt(10), 9))
  simulation.add(command(prompt(20), 5, { beamSearch: search }))
  simulation.add(command(prompt(10), 2))
  while (simulation.admitted.length < 3) simulation.step()
  assert.equal([simulation.scheduler.running, simulation.scheduler.freeRows], [2, 0])
  simulation.finish()
  assert.equal(simulation.admitted, [0, 1, 2, 3])
})

test('beam searches that outgrow the memory begin anew once there is enough for them to get further', () => {
  const simulation = new Simulation({ rows: 6, blocks: 19 })
  const commands = [0, 11].map((from) => command(prompt(40, from), 100, { beamSearch: search }))
  for (const what of commands) simulation.add(what)
  simulation.finish()
  for (const [id, what] of commands.entries()) assert.equal(simulation.answers.get(id), found(what))
  assert.is(simulation.scheduler.stats.preemptions, 1)
})

test('a beam search that is dropped leaves all its rows', () => {
  const simulation = new Simulation({ rows: 4 })
  simulation.add(command(prompt(10), 50, { beamSearch: search }))
  for (let run = 0; run < 5; run++) simulation.step()
  assert.is(simulation.scheduler.freeRows, 1)
  simulation.drop(0)
  assert.is(simulation.step(), undefined)
  assert.equal([simulation.scheduler.freeRows, simulation.scheduler.running, simulation.answers.size], [4, 0, 0])
})

test('a free row between others is closed once it has cost as much as the move', () => {
  const simulation = new Simulation({ rows: 3, maxBatchedTokens: 5000 })
  const [, second] = [10, 10, 1000].map((length) => simulation.add(command(prompt(length), 50)))
  for (let run = 0; run < 4; run++) simulation.step()
  simulation.drop(second!.id)
  const widths = Array.from({ length: 6 }, () => simulation.step()).map((run) => run?.kind === 'decode' && run.lengths.length)
  assert.equal(widths, [3, 3, 3, 2, 2, 2])
  assert.equal(simulation.events, ['2→1'])
  simulation.finish()
})

test('a free row that a waiting sequence takes is not closed', () => {
  const simulation = new Simulation({ rows: 2 })
  const [first] = [10, 10, 10].map((length) => simulation.add(command(prompt(length), 20)))
  for (let run = 0; run < 3; run++) simulation.step()
  simulation.drop(first!.id)
  simulation.finish()
  assert.is(simulation.scheduler.stats.preemptions, 0)
  assert.is(simulation.events.length <= 1, true)
  assert.equal(simulation.admitted, [0, 1, 2])
})

test('whatever comes, goes and runs short: rows and blocks hold what they should, memory suffices, order holds, nobody is lost', () => {
  const request = fc.record({
    length: fc.integer({ min: 1, max: 150 }),
    from: fc.nat(1),
    answer: fc.integer({ min: 1, max: 60 }),
    at: fc.nat(60),
    dropAt: fc.oneof(fc.constant(-1), fc.nat(120)),
    priority: fc.constantFrom(0, 0, 0, 1, -1),
    cacheSalt: fc.constantFrom(undefined, undefined, 'a'),
    emitted: fc.nat(40),
    beams: fc.constantFrom(1, 1, 2, 3),
  })
  const setting = fc.record({
    rows: fc.integer({ min: 1, max: 5 }),
    maxBatchedTokens: fc.integer({ min: 4, max: 120 }),
    blocks: fc.integer({ min: 7, max: 24 }),
    keptBlocks: fc.constantFrom(0, 3, 24),
  })
  fc.assert(
    fc.property(fc.array(request, { maxLength: 14 }), setting, (requests, { keptBlocks, ...limits }) => {
      const simulation = new Simulation({ ...limits, keptBlocks: Math.min(keptBlocks, limits.blocks) })
      const sequences = new Map<number, Sequence>()
      const commands = requests.map(({ length, from, answer, priority, cacheSalt, emitted, beams }) => {
        const what = command(prompt(length, from), answer, { priority, cacheSalt })
        const possible = Math.min(beams, limits.rows, Math.floor(limits.blocks / blocksFor(what.maxLength)))
        if (possible > 1) return { ...what, endTokens: [5, 50], beamSearch: { ...search, beams: possible } }
        return { ...what, emitted: answerTo(what).slice(length, length + Math.min(emitted, answer - 1)) }
      })
      for (let time = 0, idle = false; !(idle && time > 60); time++) {
        assert.ok(time < 5000, 'it does not end')
        for (const [id, { at }] of requests.entries()) if (at === time) sequences.set(id, simulation.add(commands[id]!, id))
        const drop = () => {
          for (const [id, { dropAt }] of requests.entries()) if (dropAt === time) simulation.drop(id)
        }
        const run = simulation.step(drop)
        idle = run === undefined
        if (idle) drop()
        if (run?.kind === 'prefill') {
          const { sequence, from, to } = run
          assert.ok(to - from > 1 || sequence.promptLength === 1)
        }
      }
      const { running, waiting, cacheUsage } = simulation.scheduler.stats
      assert.equal([running, waiting, cacheUsage, simulation.scheduler.freeRows], [0, 0, 0, limits.rows])
      for (const [id, sequence] of sequences) {
        if (commands[id]!.beamSearch !== undefined) {
          if (requests[id]!.dropAt < requests[id]!.at) assert.equal(simulation.answers.get(id), found(commands[id]!))
          continue
        }
        const whole = answerTo(commands[id]!)
        assert.equal(sequence.tokens, whole.slice(0, sequence.tokens.length))
        if (requests[id]!.dropAt < requests[id]!.at) assert.is(sequence.tokens.length, whole.length)
      }
    }),
    { numRuns: 150 },
  )
})

test.run()
