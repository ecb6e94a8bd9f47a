import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { compiled, type LiveServer, serving as serve } from '../cli/support.ts'

const parallel = 16
const promptLength = 64
const newTokens = 16

/** Completions of prompts that all differ, `parallel` at a time, from the `from`-th to before the `to`-th. */
async function complete(server: LiveServer, from: number, to: number): Promise<void> {
  let next = from
  const client = async () => {
    while (next < to) {
      const k = next++
      const prompt = Array.from({ length: promptLength }, (_, i) => 10 + ((i * 31 + k * 17) % 900))
      const body = JSON.stringify({ model: 'bench', prompt, max_tokens: newTokens, ignore_eos: true, stream: k % 2 === 0 })
      const response = await fetch(`${server.url}/v1/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      if (!response.ok) throw new Error(await response.text())
      await response.arrayBuffer()
    }
  }
  await Promise.all(Array.from({ length: parallel }, client))
}

const megabyte = 1024 * 1024

/** Of a process, in megabytes: memory of its own, and what of each file it has mapped is in memory. Linux. */
function mapped(pid: string): { readonly own: number; readonly files: ReadonlyMap<string, number> } {
  let own = 0
  const files = new Map<string, number>()
  for (const region of readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const field = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(region)?.[1] ?? 0) / 1024
    const file = /^\S+ \S+ \S+ \S+ \S+ +(\/.*)/.exec(region)?.[1]
    own += file === undefined ? field('Rss') : field('Anonymous')
    if (file !== undefined) files.set(file, (files.get(file) ?? 0) + field('Rss') - field('Anonymous'))
  }
  return { own, files }
}

/** Resident megabytes of the serving process and of its hosts: each process by itself, and what both have of a file counted once. */
function resident({ child }: LiveServer): { readonly sum: number; readonly once: number } {
  const children = readdirSync(`/proc/${child.pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${child.pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  )
  const processes = [String(child.pid), ...children].map(mapped)
  const own = processes.reduce((sum, process) => sum + process.own, 0)
  const files = new Map<string, readonly number[]>()
  for (const process of processes) for (const [file, size] of process.files) files.set(file, [...(files.get(file) ?? []), size])
  const shares = [...files.values()]
  return {
    sum: shares.flat().reduce((sum, size) => sum + size, own),
    once: shares.reduce((sum, sizes) => sum + Math.max(...sizes), own),
  }
}

/** Processes settle a second after their last work, or two. */
const untilAtRest = 4000

/**
 * Memory of server and host, resident: after 1,000 requests within 3 % of after 100, and at most the model's bytes (as its file
 * has them) and 300 MB. No prefixes are kept, so that between requests no keys and values are in use.
 */
export async function memory(model: string): Promise<void> {
  const files = readdirSync(model).filter((name) => name.startsWith('model.onnx'))
  const bytes = files.reduce((sum, name) => sum + statSync(join(model, name)).size, 0) / megabyte
  const server = await serve(
    ['--model_name', 'bench', '--model_path', model, '--log_level', 'WARNING', '--enable_prefix_caching', 'false'],
    { program: compiled },
  )
  console.log(`model ${basename(model)}, ${bytes.toFixed(0)} MB: at most ${(bytes + 300).toFixed(0)} MB`)
  let [done, first] = [0, Number.NaN]
  for (const count of [100, 300, 1000]) {
    await complete(server, done, count)
    done = count
    const atWork = resident(server).sum
    await setTimeout(untilAtRest)
    const { sum, once } = resident(server)
    if (count === 100) first = sum
    console.log(
      `after ${String(count).padStart(5)} requests              ${sum.toFixed(0)} MB, ${(sum / first).toFixed(3)} of the first; ` +
        `files of both counted once ${once.toFixed(0)}; right after the last request ${atWork.toFixed(0)}`,
    )
  }
  await server.stop()
}
