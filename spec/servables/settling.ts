import { setImmediate, setInterval } from 'node:timers/promises'
import { SettledHeap } from '../../servables/heap.ts'

/** Something that has grown old, and whose last holder lets go of it. */
export async function aged(): Promise<WeakRef<object>> {
  const old = { left: [new Array(1000).fill({})] }
  for (let k = 0; k < 200; k++) new Array(50_000).fill(k)
  const found = new WeakRef(old.left.pop()!)
  await setImmediate()
  return found
}

/** A process of its own, which does nothing else: it grows, rests, and ends when what it let go of is gone. */
if (process.argv[1] === import.meta.filename) {
  new SettledHeap(200).settle()
  const held = Array.from({ length: 200 }, (_, k) => new Array(5000).fill(k))
  const found = await aged()
  for await (const _ of setInterval(50)) if (found.deref() === undefined) break
  console.log(`settled beside ${held.length}`)
}
