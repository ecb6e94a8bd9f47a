import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { withHugePages } from '../../../servables/host/huge-pages.ts'
import { compiled, serving } from '../../cli/support.ts'
import type { BareFigures, BareRound } from './bare-runs.ts'

const python = process.env.OVMS_BENCH_PYTHON ?? 'python3'
const infinity = process.env.OVMS_BENCH_INFINITY ?? 'infinity_emb'

/** A folder of the models that `make_models.py` makes, which are made if they are not there. */
export function benchModel(name: 'minilm' | 'reranker'): string {
  const folder = join(homedir(), '.cache/ovms-ts/bench-encoders')
  if (!existsSync(join(folder, name, 'onnx/model.onnx'))) {
    const { status } = spawnSync(python, [join(import.meta.dirname, 'make_models.py'), folder], { stdio: 'inherit' })
    if (status !== 0) throw new Error(`${python} cannot make the models; set OVMS_BENCH_PYTHON to one with the packages`)
  }
  return join(folder, name)
}

/** A server that is measured. */
export interface Program {
  readonly name: string
  /** Without a path. */
  readonly url: string
  stop(): Promise<void>
}

/** Our own, compiled. */
export async function ours(name: string, model: string, flags: readonly string[]): Promise<Program> {
  const { url, stop } = await serving(['--model_name', 'model', '--model_path', model, '--log_level', 'WARNING', ...flags], {
    program: compiled,
  })
  return { name, url: `${url}/v3`, stop: async () => void (await stop()) }
}

/** infinity-emb with its engine torch; undefined, with a line that says so, when it is not installed. */
export function infinityEmb(model: string): Promise<Program | undefined> {
  const flags = [
    '--engine',
    'torch',
    '--device',
    'cpu',
    '--no-model-warmup',
    '--no-bettertransformer',
    '--served-model-name',
    'model',
  ]
  return start('infinity-emb', (port) => [infinity, 'v2', '--model-id', model, '--port', String(port), ...flags])
}

/** transformers.js behind a plain route. */
export function transformersJs(model: string): Promise<Program | undefined> {
  const program = join(import.meta.dirname, 'peers/transformers.mjs')
  return start('transformers.js', (port) => [process.execPath, program, model, String(availableParallelism()), String(port)])
}

async function start(name: string, command: (port: number) => readonly string[]): Promise<Program | undefined> {
  const port = await freePort()
  const [file = '', ...args] = command(port)
  const env = { ...process.env, HF_HUB_OFFLINE: '1', DO_NOT_TRACK: '1' }
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], env })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2000)
  })
  const ended = once(child, 'close').catch((error: Error) => {
    errors = error.message
  })
  const url = `http://127.0.0.1:${port}`
  if (!(await isUp(`${url}/health`, child, ended))) {
    console.log(`absent: ${name}: ${errors.trim().split('\n').at(-1)}`)
    return undefined
  }
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return { name, url, stop }
}

/** Whether a server answers before its process ends. It does not say when it is ready, so it is asked. */
async function isUp(url: string, child: ChildProcess, ended: Promise<unknown>): Promise<boolean> {
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  while (!isOver) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return true
    await setTimeout(200)
  }
  child.kill()
  return false
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

/** Runs of an ONNX file in a process of their own. */
export class BareRuns {
  readonly #child: ChildProcess

  constructor(file: string) {
    const options = { execArgv: ['--import', 'tsx'], env: withHugePages(process.env) }
    this.#child = fork(join(import.meta.dirname, 'bare-runs.ts'), [file], options)
  }

  async figures(round: BareRound): Promise<BareFigures> {
    this.#child.send(round)
    const [figures]: BareFigures[] = await once(this.#child, 'message')
    return figures!
  }

  /** How ONNX Runtime does most on all cores: batches of which size, in one run on all of them or in one on each. */
  async best(rows: BareRound['rows'], sizes: readonly number[]): Promise<Omit<BareRound, 'milliseconds'>> {
    const cores = availableParallelism()
    const ways = sizes.flatMap((size) => {
      const batch = Array.from({ length: size }, (_, row) => rows[row % rows.length]!)
      return [
        { rows: batch, runs: 1, threads: cores },
        { rows: batch, runs: cores, threads: 1 },
      ]
    })
    const tried: { readonly way: (typeof ways)[number]; readonly rate: number }[] = []
    for (const way of ways) tried.push({ way, rate: (await this.figures({ ...way, milliseconds: 1500 })).rowsPerSecond })
    return tried.toSorted((a, b) => b.rate - a.rate)[0]!.way
  }

  async stop(): Promise<void> {
    this.#child.disconnect()
    await once(this.#child, 'exit')
  }
}
