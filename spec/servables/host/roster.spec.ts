import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Roster, type Ticket } from '../../../servables/host/roster.ts'

const names = (tickets: readonly Ticket<string>[]) => tickets.map(({ job }) => job)
const numbers = (tickets: readonly Ticket<string>[]) => tickets.map(({ number }) => number!)
const CLEARED = 32
const any = () => true

const rosterOf = (...jobs: string[]) => {
  const roster = new Roster<string>()
  return { roster, tickets: jobs.map((job) => roster.add(job)) }
}

test('jobs run as they come, each under a number of its own', () => {
  const { roster } = rosterOf('a', 'b')
  const first = roster.next(any)
  assert.equal(names(first), ['a', 'b'])
  assert.equal(roster.next(any), [])
  roster.add('c')
  const second = roster.next(any)
  assert.equal(names(second), ['c'])
  assert.is(new Set([...numbers(first), ...numbers(second)]).size, 3)
})

test('after a crash all jobs run again, under new numbers', () => {
  const { roster } = rosterOf('a', 'b')
  const before = numbers(roster.next(any))
  assert.is(roster.crashed(), undefined)
  for (const number of before) assert.is(roster.running(number), undefined)
  const again = roster.next(any)
  assert.equal(names(again), ['a', 'b'])
  assert.not(numbers(again).some((number) => before.includes(number)))
})

test('jobs at work in two crashes are tried alone, one after the other; those that waited are not', () => {
  const { roster, tickets } = rosterOf('a', 'b', 'idle')
  for (let crash = 0; crash < 2; crash++) {
    roster.started(numbers(roster.next(any)).slice(0, 2))
    roster.crashed()
  }
  assert.equal(names(roster.next(any)), ['a'])
  assert.equal(names(roster.next(any)), [])
  roster.remove(tickets[0]!)
  assert.equal(names(roster.next(any)), ['b'])
  roster.remove(tickets[1]!)
  assert.equal(names(roster.next(any)), ['idle'])
})

test('of a process that told of no start, all jobs are suspects', () => {
  const { roster } = rosterOf('a', 'b')
  for (let crash = 0; crash < 2; crash++) {
    roster.next(any)
    roster.crashed()
  }
  assert.equal(names(roster.next(any)), ['a'])
})

test('who kills alone is guilty, and the others are cleared', () => {
  const { roster } = rosterOf('a', 'b', 'c')
  for (let crash = 0; crash < 2; crash++) {
    roster.next(any)
    roster.crashed()
  }
  roster.next(any)
  assert.is(roster.crashed(), 'a')
  assert.equal(names(roster.next(any)), ['b', 'c'])
})

test('who gets on alone is cleared while it runs, and a crash beside it convicts nobody', () => {
  const { roster } = rosterOf('a', 'b')
  for (let crash = 0; crash < 2; crash++) {
    roster.next(any)
    roster.crashed()
  }
  const [trial] = roster.next(any)
  for (let event = 1; event < CLEARED; event++) assert.is(roster.advanced(trial!), false)
  assert.is(roster.advanced(trial!), true)
  assert.equal(names(roster.next(any)), ['b'])
  assert.is(roster.crashed(), undefined)
  assert.is(roster.next(any).length, 1)
})

test('a forgotten job does not run again', () => {
  const { roster, tickets } = rosterOf('a', 'b')
  assert.is(roster.remove(tickets[0]!), true)
  assert.is(roster.remove(tickets[0]!), false)
  assert.equal(names(roster.next(any)), ['b'])
  assert.equal(
    roster.clear((job) => job !== 'b'),
    [],
  )
  assert.equal(roster.clear(any), ['b'])
  roster.crashed()
  assert.equal(roster.next(any), [])
})

test('a deterministic killer is convicted whatever the company, and nobody else', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 8 })
  fc.assert(
    fc.property(lengths, fc.nat(7), fc.nat(50), fc.nat(5), (innocents, place, kills, lost) => {
      assert.equal(simulate(innocents, place, kills, lost), ['killer'])
    }),
    { numRuns: 500 },
  )
})

/** Runs jobs of some lengths, among them one that crashes the process at one of its events. The last events before are lost. */
const simulate = (innocents: readonly number[], place: number, kills: number, lost: number): string[] => {
  const roster = new Roster<string>()
  const lengths = new Map(innocents.map((length, index) => [`innocent ${index}`, length]))
  const order = [...lengths.keys()]
  order.splice(place, 0, 'killer')
  const received = new Map(order.map((job) => [job, 0]))
  const sent = new Map<Ticket<string>, number>()
  const convicted: string[] = []
  for (const job of order) roster.add(job)
  for (let step = 0; step < 10_000; step++) {
    for (const ticket of roster.next(any)) sent.set(ticket, received.get(ticket.job)!)
    if (sent.size === 0) return convicted
    if ([...sent].some(([{ job }, count]) => job === 'killer' && count === kills)) {
      const guilty = roster.crashed()
      if (guilty !== undefined) convicted.push(guilty)
      sent.clear()
    }
    for (const [ticket, count] of sent) {
      sent.set(ticket, count + 1)
      if (count + 1 - lost <= received.get(ticket.job)!) continue
      received.set(ticket.job, count + 1 - lost)
      roster.advanced(ticket)
      if (received.get(ticket.job) === lengths.get(ticket.job)) {
        roster.remove(ticket)
        sent.delete(ticket)
      }
    }
  }
  return [...convicted, 'and it never ended']
}

test.run()
