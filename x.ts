import { drawSvg } from './cli/draw/index.ts'
import { loadGraph, readYaml, graphSchema, directoryLibrary } from './engine/index.ts'
import { registry } from './spec/fixtures/graphs/calculators.ts'
import fc from 'fast-check'
for (const n of [100, 500, 1990]) {
 const text = 'input_stream: s0\nnode:\n' + Array.from({length:n},(_, i)=>`  - { calculator: MergeCalculator, input_stream: [s${i}, s${Math.floor(i/2)}], output_stream: s${i+1} }`).join('\n')
 let t=performance.now(); const {document}=readYaml(text,'x'); const r = await loadGraph({document:document!,path:[]},{registry}); console.log(n, r.faults.length, r.faults[0]?.message, 'load', performance.now()-t)
 if (r.plan && n<=500) { t=performance.now(); drawSvg(r.plan); console.log('draw', performance.now()-t) }
}
{ const n=1900
 const text = 'input_stream: s0\nnode:\n' + Array.from({length:n},(_, i)=>`  - { calculator: MergeCalculator${i}x, input_stream: [stream_with_long_nema_${i}, stream_with_long_name_x${Math.floor(i/2)}], output_stream: stream_with_long_name_${i+1} }`).join('\n')
 const t=performance.now(); const {document}=readYaml(text,'x'); const r = await loadGraph({document:document!,path:[]},{registry}); console.log(n, r.faults.length, 'load', performance.now()-t)
}
const word = fc.constantFrom('node','calculator','input_stream','output_stream','options','input_stream_handler','input_stream_info','tag_index','back_edge','sync_set','name','type','option_value','TEXTS','texts','MergeCalculator','GenerateText','a','A:a','A:1:a',':0','options/a','x:options','max_in_flight','input_side_packet','node_options','@type','[x]','')
const value = fc.letrec(tie => ({ v: fc.oneof({maxDepth:5}, word, fc.integer(), fc.constant(null), fc.boolean(), fc.array(tie('v'),{maxLength:4}), fc.dictionary(word, tie('v'),{maxKeys:6})) })).v
const library = await directoryLibrary(['spec/fixtures/graphs/subgraphs'])
await fc.assert(fc.asyncProperty(fc.dictionary(word, value), async (doc) => { const {document, faults}=readYaml(JSON.stringify({node:[doc], ...doc}),'x'); if(!document) return; const r = await loadGraph({document,path:[]},{registry,library}); if ((r.plan===undefined)!==(r.faults.length>0)) throw new Error('x') }),{numRuns:4000})
console.log('fuzz ok')
