import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BatchLimits, cutIntoBatches, Line, type Waiting } from '../../../servables/encoder/line.ts'

const limits: BatchLimits = { tokens: 100, scores: 4000, rows: 8 }

/** What is run until nobody waits. */
function drain(line: Line): (readonly Waiting[])[] {
  const batches = []
  for (let batch = line.next(); batch.length > 0; batch = line.next()) batches.push(batch)
  return batches
}

test('everyone who is there when a run begins is in it', () => {
  const line = new Line(limits)
  for (const job of [1, 2, 3]) line.add(job, [10])
  assert.equal(
    line.next().map(({ job }) => job),
    [1, 2, 3],
  )
  assert.equal(line.next(), [])
})

test('a large job leaves room for the others in each turn', () => {
  const line = new Line({ ...limits, tokens: 40 })
  line.add(1, Array(20).fill(10))
  assert.equal(new Set(line.next().map(({ job }) => job)), new Set([1]))
  line.add(2, [10])
  line.add(3, [10])
  const jobs = line.next().map(({ job }) => job)
  assert.ok(jobs.includes(2) && jobs.includes(3), `${jobs}`)
})

test('a run that has someone of a small job in it is not filled up with a large one', () => {
  const line = new Line({ ...limits, tokens: 1000, rows: 100, scores: 1e6 })
  line.add(1, Array(50).fill(10))
  line.add(2, [10])
  line.add(3, [10, 10])
  assert.equal(
    line.next().map(({ job }) => job),
    [1, 2, 3, 1, 3],
  )
  assert.is(line.next().length, 48)
})

test('an input that is too large for a run with others is computed while no other such is', () => {
  const line = new Line(limits)
  line.add(1, [90, 5])
  line.add(2, [80])
  line.add(3, [10])
  const next = (withLarge: boolean) => line.next(1, withLarge).map(({ length }) => length)
  assert.equal(next(true), [90])
  assert.equal(next(false), [10, 5])
  assert.equal(next(false), [])
  assert.equal(next(true), [80])
  assert.equal(next(true), [])
})

test('runs that begin together share those who wait, as far as each has enough to do', () => {
  const share = (inputs: number, runs: number) => {
    const line = new Line({ ...limits, rows: 100, scores: 1e6, tokens: 1000 })
    for (let job = 0; job < inputs; job++) line.add(job, [10])
    return Array.from({ length: runs }, (_, run) => line.next(runs - run).length)
  }
  assert.equal(share(20, 2), [10, 10])
  assert.equal(share(30, 3), [10, 10, 10])
  assert.equal(share(3, 2), [3, 0])
  assert.equal(share(1, 2), [1, 0])
})

test('every input is run once, within the limits, or alone when it exceeds them by itself', () => {
  const jobs = fc.array(fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 12 }), { maxLength: 8 })
  fc.assert(
    fc.property(jobs, (jobs) => {
      const line = new Line(limits)
      for (const [job, lengths] of jobs.entries()) line.add(job, lengths)
      assert.is(line.size, jobs.flat().length)
      const batches = drain(line)
      for (const batch of batches) {
        const longest = Math.max(...batch.map(({ length }) => length))
        if (batch.length === 1) continue
        assert.ok(batch.length <= limits.rows)
        assert.ok(batch.length * longest <= limits.tokens)
        assert.ok(batch.length * longest ** 2 <= limits.scores)
      }
      const run = batches.flat().map(({ job, index, length }) => `${job} ${index} ${length}`)
      const asked = jobs.flatMap((lengths, job) => lengths.map((length, index) => `${job} ${index} ${length}`))
      assert.equal(run.sort(), asked.sort())
      assert.is(line.size, 0)
    }),
  )
})

test('texts of similar length go together, so that little is computed for padding', () => {
  const inputs = [90, 2, 3, 2, 80].map((length, index) => ({ job: 0, index, length }))
  const batches = cutIntoBatches(inputs, { tokens: 10_000, scores: 1e9, rows: 100 })
  assert.equal(
    batches.map((batch) => batch.map(({ length }) => length)),
    [
      [90, 80],
      [3, 2, 2],
    ],
  )
})

test('who leaves is not run any more, wherever it stood', () => {
  const line = new Line({ ...limits, rows: 2 })
  line.add(1, [10, 20, 60])
  line.add(2, [10])
  line.next()
  line.drop(1)
  assert.equal(
    drain(line)
      .flat()
      .map(({ job }) => job)
      .filter((job) => job === 1),
    [],
  )
})

test('a run takes no more rows than it is to have', () => {
  const line = new Line({ tokens: 100, scores: 10_000, rows: 8 })
  line.add(1, [5, 5, 5, 5, 5])
  assert.is(line.next(1, true, 3).length, 3)
  assert.is(line.next(1, true, 100).length, 2)
})

test.run()
