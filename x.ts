import { writeFileSync } from 'node:fs'
import { loadGraph, directoryLibrary, formatFault, calculator, AnyPacket, many, optional } from './engine/index.ts'
import { calculators } from './calculators/index.ts'
import { drawMermaid, drawSvg } from './cli/draw/index.ts'
const none = () => ({process(){}})
const N = calculator({inputs:{'':many(AnyPacket)},outputs:{'':many(AnyPacket)},sides:{'':optional(many(AnyPacket))}}, none)
const registry = { ...calculators, N, NS: N, N2: N, TokenizerLikeCalculator: N, ExecutorLikeCalculator: N, DetokenizerLikeCalculator: N }
const library = await directoryLibrary(['graphs/subgraphs','/tmp/draw/sub'])
for (const [n,f] of Object.entries({chat:'graphs/chat/completions.yaml',tokenize:'graphs/tokenize.yaml',agent:'/tmp/draw/agent.yaml',llm:'spec/fixtures/graphs/llm.yaml'})) {
 const {HttpLLMCalculator} = (await import('./spec/fixtures/graphs/calculators.ts')).registry
 const r = await loadGraph(f, {registry: {...registry, HttpLLMCalculator: HttpLLMCalculator!}, library})
 console.log(n, r.faults.map(formatFault).join('\n'), r.warnings.map(formatFault).join('\n'))
 if (!r.plan) continue
 const t = performance.now(); const svg = drawSvg(r.plan); console.log(svg.length, performance.now()-t)
 writeFileSync(`/tmp/draw/${n}.svg`, svg); writeFileSync(`/tmp/draw/${n}.mmd`, drawMermaid(r.plan))
}
