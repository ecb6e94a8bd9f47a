import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BlockNames, blockSize } from '../../../servables/llm/blocks.ts'
import { KeptBlocks } from '../../../servables/llm/kept-blocks.ts'

const tokens = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index)
const namesOf = (all: readonly number[], prompt: number, salt?: string): readonly string[] =>
  new BlockNames(all, prompt, salt).within(all.length)

test('names are of full blocks, and tell all tokens up to their end', () => {
  const names = namesOf(tokens(3 * blockSize + 5), 3 * blockSize + 5)
  assert.is(names.length, 3)
  assert.is(new Set(names).size, 3)
  assert.equal(namesOf(tokens(2 * blockSize), 2 * blockSize), names.slice(0, 2))
  const changed = tokens(3 * blockSize)
  changed[blockSize + 1] = 999
  const others = namesOf(changed, changed.length)
  assert.is(others[0], names[0])
  assert.is.not(others[1], names[1])
  assert.is.not(others[2], names[2])
})

test('the same tokens have other names as an answer than as a prompt, and under another salt', () => {
  const all = tokens(2 * blockSize)
  const prompt = namesOf(all, 2 * blockSize)
  const answer = namesOf(all, blockSize + 3)
  assert.is(answer[0], prompt[0])
  assert.is.not(answer[1], prompt[1])
  for (const salt of ['', 'a', 'b']) for (const name of namesOf(all, 2 * blockSize, salt)) assert.not.ok(prompt.includes(name))
  assert.is.not(namesOf(all, 2 * blockSize, 'a')[0], namesOf(all, 2 * blockSize, 'b')[0])
})

test('names follow tokens that are appended', () => {
  const all = tokens(blockSize)
  const names = new BlockNames(all, blockSize, undefined)
  const [first] = names.within(blockSize)
  all.push(...tokens(blockSize, 100))
  assert.equal(names.within(2 * blockSize), namesOf(all, blockSize))
  assert.equal(names.within(2 * blockSize - 1), [first])
})

test('as much of a chain is found as is kept', () => {
  const kept = new KeptBlocks(8)
  assert.equal(kept.find(['a', 'b']), [])
  const added = kept.keep(['a', 'b', 'c'], 8)
  assert.equal(added, [
    { block: 0, slot: 0 },
    { block: 1, slot: 1 },
    { block: 2, slot: 2 },
  ])
  assert.equal(kept.find(['a', 'b', 'x', 'c']), [0, 1])
  assert.equal(kept.keep(['a', 'b', 'd'], 8), [{ block: 2, slot: 3 }])
  assert.is(kept.size, 4)
})

test('the least recently used chain is given up first, from its end', () => {
  const kept = new KeptBlocks(5)
  kept.keep(['a', 'b'], 5)
  kept.keep(['x', 'y'], 5)
  kept.find(['a', 'b'])
  kept.keep(['p', 'q'], 5)
  assert.equal(kept.find(['x', 'y']), [2])
  assert.is(kept.find(['a', 'b']).length, 2)
  assert.is(kept.size, 5)
})

test('a chain longer than the room keeps its beginning', () => {
  const kept = new KeptBlocks(4)
  assert.equal(
    kept.keep(['a', 'b', 'c', 'd', 'e', 'f'], 3).map(({ block }) => block),
    [0, 1, 2],
  )
  assert.is(kept.find(['a', 'b', 'c', 'd']).length, 3)
  assert.equal(kept.keep(['a', 'b', 'c', 'd', 'e', 'f'], 0), [])
  assert.is(new KeptBlocks(0).keep(['a'], 5).length, 0)
})

test('whatever is kept and given up, a block is never without those before it, slots are never shared, and the budget holds', () => {
  const chain = fc.array(fc.nat(2), { minLength: 1, maxLength: 6 })
  const act = fc.record({ what: fc.constantFrom('keep', 'find', 'evict'), chain, most: fc.nat(10) })
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), fc.nat(8), (acts, capacity) => {
      const kept = new KeptBlocks(capacity)
      const inSlot = new Map<number, string>()
      const used = new Map<string, number>()
      for (const [time, { what, chain, most }] of acts.entries()) {
        const names = chain.map((_, index) => chain.slice(0, index + 1).join())
        const before = kept.size
        if (what === 'evict') {
          const slot = kept.evict()
          assert.is(slot === undefined, before === 0)
          if (slot === undefined) continue
          const name = inSlot.get(slot)!
          assert.ok([...used].every(([, last]) => used.get(name)! <= last))
          assert.not.ok(
            [...used.keys()].some((other) => other.startsWith(`${name},`)),
            'others stood behind it',
          )
          used.delete(name)
          inSlot.delete(slot)
        } else if (what === 'find') {
          const slots = kept.find(names)
          for (const [index, slot] of slots.entries()) {
            assert.is(inSlot.get(slot), names[index])
            used.set(names[index]!, time)
          }
          assert.not.ok(used.has(names[slots.length] ?? 'none'))
        } else {
          for (const { block, slot } of kept.keep(names, most)) {
            const old = inSlot.get(slot)
            if (old !== undefined) used.delete(old)
            inSlot.set(slot, names[block]!)
            used.set(names[block]!, time)
          }
          for (const name of names) if (used.has(name)) used.set(name, time)
          assert.ok(kept.size <= Math.max(before, Math.min(most, capacity)))
          const there = names.map((name) => used.has(name))
          assert.not.ok(there.lastIndexOf(true) > there.indexOf(false) && there.includes(false), 'a gap in a chain')
        }
        assert.is(used.size, kept.size)
        assert.ok([...inSlot.keys()].every((slot) => slot < capacity))
      }
    }),
    { numRuns: 300 },
  )
})

test.run()
