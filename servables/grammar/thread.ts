import { parentPort, workerData } from 'node:worker_threads'
import { Compiler } from './compiler.ts'
import { Follower } from './follower.ts'
import type { FromThread, Move, Position, ThreadInit, ToThread } from './protocol.ts'
import { boundHeap } from './webassembly.ts'

/** Runs in a thread of its own: compiles grammars, one after the other, and follows answers through them. */
const { vocabulary, working, maxHeap }: ThreadInit = workerData
const heap = boundHeap(maxHeap)
const compiler = await Compiler.open(vocabulary)
const followers = new Map<number, Follower>()
let done: Promise<void> = Promise.resolve()

const send = (message: FromThread, transfer: readonly ArrayBuffer[] = []): void => parentPort?.postMessage(message, transfer)

/** What throws in here ends the thread, and `working` tells whose fault it was. */
async function handle(message: ToThread): Promise<void> {
  if (message.type === 'compile') await compile(message)
  else if (message.type === 'move') await move(message.moves)
  else forget(message)
}

async function compile({ grammar, spec }: ToThread & { readonly type: 'compile' }): Promise<void> {
  Atomics.store(working, 0, grammar)
  const reason = await compiler.compile(grammar, spec)
  Atomics.store(working, 0, 0)
  if (reason !== undefined) send({ type: 'refused', grammar, reason })
  else send({ type: 'compiled', grammar, heap: heap.bytes })
}

async function move(moves: readonly Move[]): Promise<void> {
  const positions: Position[] = []
  for (const each of moves) {
    Atomics.store(working, 0, each.matcher)
    const follower = followers.get(each.matcher) ?? (await Follower.open(compiler, each.grammar, vocabulary.size))
    followers.set(each.matcher, follower)
    positions.push(await follower.move(each))
  }
  Atomics.store(working, 0, 0)
  const buffers = positions.flatMap(({ masks }) => masks.map((mask) => mask.buffer as ArrayBuffer))
  send({ type: 'moved', positions }, buffers)
}

function forget({ grammars, matchers }: ToThread & { readonly type: 'forget' }): void {
  for (const id of matchers) {
    followers.get(id)?.dispose()
    followers.delete(id)
  }
  for (const id of grammars) compiler.forget(id)
}

parentPort?.on('message', (message: ToThread) => {
  done = done.then(() => handle(message))
})
send({ type: 'ready' })
