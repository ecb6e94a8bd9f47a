import path from 'node:path'
import { calculators, type HttpBody, type HttpPayload } from '../../calculators/index.ts'
import { directoryLibrary, Graph, type Registry, readGraph, readYaml } from '../../engine/index.ts'

const folder = path.join(import.meta.dirname, '../../graphs')

/** A graph of the library, by its path without `.yaml`, checked and compiled. */
export async function libraryGraph(name: string): Promise<Graph> {
  const library = await directoryLibrary([path.join(folder, 'subgraphs')])
  return new Graph(await readGraph(path.join(folder, `${name}.yaml`), { registry: calculators, library }))
}

/** A graph written in a spec, checked and compiled; `more` are calculators beside those of the registry. */
export async function graphOf(yaml: string, more: Registry = {}): Promise<Graph> {
  const { document } = readYaml(yaml, 'spec.yaml')
  return new Graph(await readGraph({ document: document!, path: [] }, { registry: { ...calculators, ...more } }))
}

/** Packets of a stream as `[time, value]`. */
export type Timed = readonly (readonly [number, unknown])[]

/**
 * Runs a graph on packets that are all there from the start, and gives what each output had. Inputs are pushed in the order
 * of time, as they would come.
 */
export async function runGraph(
  graph: Graph,
  inputs: Readonly<Record<string, Timed>>,
  sides: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, [number, unknown][]>> {
  const run = graph.start({ sides })
  const outputs: Record<string, [number, unknown][]> = {}
  for (const { tag, index, stream } of graph.plan.outputs) {
    const port = tag === '' ? graph.plan.streams[stream]!.name : index === 0 ? tag : `${tag}:${index}`
    outputs[port] = []
    run.observe(port, ({ timestamp, value }) => outputs[port]!.push([timestamp, value]))
  }
  const packets = Object.entries(inputs).flatMap(([port, list]) => list.map(([time, value]) => ({ port, time, value })))
  for (const { port, time, value } of packets.sort((a, b) => a.time - b.time)) run.push(port, value, time)
  run.close()
  await run.done
  return outputs
}

/** What an endpoint's graph answers a request with, once the run has settled. */
export async function bodiesOf(
  graph: Graph,
  payload: HttpPayload,
  sides: Readonly<Record<string, unknown>>,
): Promise<{ readonly contentType: string; readonly data: string }[]> {
  const run = graph.start({ sides })
  const bodies = run.read('BODY')
  run.push('PAYLOAD', payload)
  run.close()
  const answer: { contentType: string; data: string }[] = []
  for await (const { value } of bodies) {
    const { contentType, data } = value as HttpBody
    answer.push({ contentType, data: String(data) })
  }
  await run.done
  return answer
}
