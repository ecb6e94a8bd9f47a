import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
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

/** Resident megabytes of a process; Linux. */
const residentOf = (pid: string) =>
  (Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024) / megabyte

/** Resident megabytes of the serving process and of its hosts. */
function resident({ child }: LiveServer): number {
  const children = readdirSync(`/proc/${child.pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${child.pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  )
  return [String(child.pid), ...children].reduce((sum, pid) => sum + residentOf(pid), 0)
}

/**
 * Memory of server and host, resident: after 1,000 requests within 3 % of after 100, and at most the model's bytes (as its file
 * has them; rewritten ones are smaller) and 300 MB. No prefixes are kept, so that between requests no keys and values are in use.
 */
export async function memory(model: string): Promise<void> {
  const files = readdirSync(model).filter((name) => name.startsWith('model.onnx'))
  const bytes = files.reduce((sum, name) => sum + statSync(join(model, name)).size, 0)
  const server = await serve(
    ['--model_name', 'bench', '--model_path', model, '--log_level', 'WARNING', '--enable_prefix_caching', 'false'],
    { program: compiled },
  )
  console.log(`model ${basename(model)}, ${(bytes / megabyte).toFixed(0)} MB`)
  let [done, first] = [0, Number.NaN]
  for (const count of [100, 300, 1000]) {
    await complete(server, done, count)
    done = count
    const now = resident(server)
    if (count === 100) first = now
    console.log(
      `after ${String(count).padStart(5)} requests              ${now.toFixed(0)} MB, ${(now / first).toFixed(3)} of the first`,
    )
  }
  await server.stop()
}
