import * as source from '../../engine/index.ts'
import { plan } from '../support/plan.ts'

type Engine = typeof source

/** Nodes in a row, each handing on what it gets. */
function chain({ AnyPacket, calculator, Graph }: Engine, length: number, isAsync: boolean) {
  const ports = { inputs: { IN: AnyPacket }, outputs: { OUT: AnyPacket } }
  const passThrough = isAsync
    ? calculator(ports, ({ outputs }) => ({
        async process({ IN }) {
          outputs.OUT.send(IN.value)
        },
      }))
    : calculator(ports, ({ outputs }) => ({
        process({ IN }) {
          outputs.OUT.send(IN.value)
        },
      }))
  const nodes = Array.from({ length }, (_, k) => ({ calculator: passThrough, in: [`IN:s${k}`], out: [`OUT:s${k + 1}`] }))
  return new Graph(plan({ in: ['IN:s0'], out: [`OUT:s${length}`], nodes }))
}

type Chain = ReturnType<typeof chain>

/** One request, as the door makes it. */
async function oneRequest(graph: Chain): Promise<void> {
  const run = graph.start()
  run.push('IN', 1)
  run.close()
  for await (const _ of run.read('OUT'));
  await run.done
}

async function manyPackets(graph: Chain, packets: number): Promise<void> {
  const run = graph.start()
  run.observe('OUT', () => {})
  for (let k = 0; k < packets; k++) {
    if (k % 50 === 49) await run.waitUntilIdle()
    run.push('IN', k)
  }
  run.close()
  await run.done
}

interface Cost {
  readonly wall: number
  /** Of all threads: the garbage collector's and the compiler's, too. */
  readonly cpu: number
}

/** Microseconds for one of `count` pieces of `work`: the median of some rounds, once warm. */
async function microseconds(count: number, work: () => Promise<void>): Promise<Cost> {
  const [walls, cpus]: [number[], number[]] = [[], []]
  for (let round = 0; round < 150; round++) await work()
  for (let round = 0; round < 25; round++) {
    const [began, cpu] = [performance.now(), process.cpuUsage()]
    await work()
    const { user, system } = process.cpuUsage(cpu)
    walls.push(((performance.now() - began) * 1000) / count)
    cpus.push((user + system) / count)
  }
  return { wall: median(walls), cpu: median(cpus) }
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN

const shown = ({ wall, cpu }: Cost, limit: number) =>
  `${wall.toFixed(2)} µs   (limit ${limit}; CPU of all threads ${cpu.toFixed(2)})`

async function repeat(count: number, work: () => Promise<void>): Promise<void> {
  for (let k = 0; k < count; k++) await work()
}

/**
 * What the engine itself costs: starting and finishing a run of 8 nodes with one packet (to be at most 60 µs), and a packet
 * through one node (at most 2 µs). `compiled`: the module of the engine as `tsc` built it, as tsx makes closures slower.
 */
export async function engine(compiled: object = source): Promise<void> {
  const built = compiled as Engine
  const eight = chain(built, 8, false)
  const perRun = await microseconds(200, () => repeat(200, () => oneRequest(eight)))
  console.log(`run of 8 nodes, start to finish   ${shown(perRun, 60)}`)
  for (const isAsync of [false, true]) {
    const long = chain(built, 20, isAsync)
    const perPacket = await microseconds(20 * 500, () => manyPackets(long, 500))
    const kind = isAsync ? 'async' : 'sync '
    console.log(`packet through one ${kind} node     ${shown(perPacket, 2)}`)
  }
}
