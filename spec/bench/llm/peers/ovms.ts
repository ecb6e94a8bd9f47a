import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type * as BareLoop from '../../../../servables/llm/bare-loop.ts'
import { root } from '../../../cli/support.ts'
import type { Line, PeerRequest } from '../peer.ts'

/** Our own step loop as one of the peers, with the defaults of its options. `node --import tsx ovms.ts MODEL PRECISION`. */
const [model = '', precision] = process.argv.slice(2)
const { openBareLoop }: typeof BareLoop = await import(join(root, 'dist/servables/llm/bare-loop.js'))
const loop = await openBareLoop(model, { precision: precision === 'int8' ? 'int8' : 'keep', cache_size: 4 })

function ask({ at, prompt, answer }: PeerRequest, began: number): Promise<number[]> {
  const times: number[] = []
  const told = () => times.push((performance.now() - began) / 1000)
  return new Promise((resolve, reject) => {
    const send = () => loop.answer(prompt, answer, told).then(() => resolve(times), reject)
    if (at === 0) send()
    else setTimeout(send, at * 1000)
  })
}

console.log(JSON.stringify('ready'))
for await (const text of createInterface({ input: process.stdin })) {
  const line: Line = JSON.parse(text)
  const began = performance.now()
  const reply = 'runs' in line ? await loop.runs(line.runs, line.count) : await Promise.all(line.map((each) => ask(each, began)))
  console.log(JSON.stringify(reply))
}
await loop.dispose()
