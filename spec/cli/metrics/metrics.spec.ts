import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Metrics, metricFault } from '../../../cli/metrics/index.ts'
import { distributionOver, observe } from '../../../servables/distribution.ts'
import type { Metric } from '../../../servables/index.ts'
import { fakeDoor, post } from '../support.ts'

const spread = distributionOver([1, 2, 5])
for (const value of [0.5, 1, 1.5, 4, 100]) observe(spread, value)
const told: readonly Metric[] = [
  { name: 'kind:gauge', help: 'A gauge.', type: 'gauge', samples: [{ value: 0.25 }] },
  { name: 'kind:nothing_total', help: 'Not known now.', type: 'counter', samples: [] },
  {
    name: 'kind:ends_total',
    help: 'Ends.',
    type: 'counter',
    samples: [
      { labels: { reason: 'stop' }, value: 3 },
      { labels: { reason: 'length' }, value: 4 },
    ],
  },
  { name: 'kind:size', help: 'Sizes.', type: 'histogram', samples: [{ value: spread }] },
]

/** A door that is measured, and what it has told last. */
async function measured(only?: readonly string[]) {
  const metrics = new Metrics(() => new Map([['org/a', told]]), only)
  const { app } = await fakeDoor({
    started: (run, model) => metrics.requests.started(run, model),
    answered: (facts) => metrics.requests.answered(facts),
    metrics: () => metrics.scrape(),
  })
  const scrape = async () => (await app.request('/metrics')).text()
  return { app, scrape }
}

const has = (text: string, ...lines: readonly string[]) => {
  for (const line of lines) assert.ok(text.split('\n').includes(line), `${line}\nin\n${text.slice(0, 5000)}`)
}

test('models tell theirs under their name: gauges, labelled counters, histograms whose buckets add up', async () => {
  const { app, scrape } = await measured()
  const response = await app.request('/metrics')
  assert.is(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', 'text/plain; version=0.0.4')
  has(
    await scrape(),
    '# TYPE kind:gauge gauge',
    'kind:gauge{model_name="org/a"} 0.25',
    'kind:ends_total{model_name="org/a",reason="stop"} 3',
    'kind:ends_total{model_name="org/a",reason="length"} 4',
    '# TYPE kind:size histogram',
    'kind:size_bucket{model_name="org/a",le="1"} 2',
    'kind:size_bucket{model_name="org/a",le="2"} 3',
    'kind:size_bucket{model_name="org/a",le="5"} 4',
    'kind:size_bucket{model_name="org/a",le="+Inf"} 5',
    'kind:size_sum{model_name="org/a"} 107',
    'kind:size_count{model_name="org/a"} 5',
    '# TYPE kind:nothing_total counter',
  )
  assert.match(await scrape(), /^process_resident_memory_bytes \d+/m)
})

test('requests are counted by route and class of status, and graphs by model and method, when their last byte is gone', async () => {
  const { app, scrape } = await measured()
  await (await app.request('/v1/echo', post({ model: 'fake' }))).text()
  await (await app.request('/v3/count', post({ model: 'fake', count: 3 }))).text()
  await (await app.request('/v1/refuse', post({ model: 'fake' }))).text()
  await (await app.request('/v1/late', post({ model: 'fake' }))).text()
  await (await app.request('/v1/models/fake')).text()
  const text = await scrape()
  has(
    text,
    'http_requests_total{handler="/v1/echo",method="POST",status="2xx"} 1',
    'http_requests_total{handler="/v3/count",method="POST",status="2xx"} 1',
    'http_requests_total{handler="/v1/refuse",method="POST",status="4xx"} 1',
    'http_requests_total{handler="/v1/models/{model}",method="GET",status="2xx"} 1',
    'http_request_duration_seconds_count{handler="/v3/count",method="POST"} 1',
    'http_request_duration_highr_seconds_count 5',
    'ovms_requests_accepted{api="V3",interface="REST",method="Unary",name="fake"} 2',
    'ovms_requests_accepted{api="V3",interface="REST",method="Stream",name="fake"} 1',
    'ovms_graph_error{api="V3",interface="REST",method="Unary",name="fake"} 1',
    'ovms_requests_rejected{api="V3",interface="REST",method="Stream",name="fake"} 1',
    'ovms_graph_processing_time_us_count{name="fake",method="Unary"} 2',
    'ovms_current_graphs{name="fake"} 0',
  )
})

test('a client makes no new series: paths, methods and models of its own are no labels', async () => {
  const { app, scrape } = await measured()
  const ask = async (round: number) => {
    await app.request(`/v1/made/up/${round}`, post({ model: 'fake' }))
    await app.request(`/v1/models/${round}`)
    await app.request('/v1/echo', post({ model: `model ${round}` }))
    await app.request('/v1/ec%68o', post({ model: 'fake' }))
    await app.request('/v1/echo', { method: `METHOD${round}` })
  }
  await ask(0)
  const series = async () => (await scrape()).split('\n').filter((line) => /^(http|ovms)_/.test(line)).length
  await series()
  const before = await series()
  for (let round = 1; round < 50; round++) await ask(round)
  assert.is(await series(), before)
  assert.not.match(await scrape(), /made|METHOD|model 3/)
})

test('a list of names leaves all others out', async () => {
  const { scrape } = await measured(['kind:gauge', 'http_requests_total'])
  assert.equal(
    (await scrape()).split('\n').filter((line) => line.startsWith('# TYPE')),
    ['# TYPE http_requests_total counter', '# TYPE kind:gauge gauge'],
  )
})

test('names that no metric has are faults, with the nearest right one', () => {
  for (const name of ['vllm:num_requests_running', 'ovms_current_graphs', 'process_cpu_seconds_total', 'ovms_ts_host_up'])
    assert.is(metricFault(name), undefined)
  assert.match(metricFault('vllm:num_request_running') ?? '', 'did you mean vllm:num_requests_running')
})

test('without metrics there is no such route', async () => {
  const { app } = await fakeDoor()
  const response = await app.request('/metrics')
  const { error } = (await response.json()) as { error: { code: string } }
  assert.equal([response.status, error.code], [404, 'route_not_found'])
  const { app: open } = await measured()
  assert.is((await open.request('/metrics', { method: 'POST' })).status, 405)
})

test.run()
