import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { Question, Reply } from './encoding-thread.ts'
import { openNative } from './open-native.ts'

/** Runs in a thread of its own: tokenizes one text after the other. */
const native = openNative(readFileSync(workerData, 'utf8'))

async function answer({ text, addSpecialTokens }: Question): Promise<Reply> {
  try {
    const encoding = await native.encode(text, null, { addSpecialTokens })
    return { ids: Uint32Array.from(encoding.getIds()) }
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) }
  }
}

parentPort?.on('message', async (question: Question) => {
  const reply = await answer(question)
  parentPort?.postMessage(reply, 'ids' in reply ? [reply.ids.buffer as ArrayBuffer] : [])
})
