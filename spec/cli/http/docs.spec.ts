import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ApiKey, docsFiles } from '../../../cli/http/index.ts'
import { fakeDoor } from '../support.ts'

const { app } = await fakeDoor({ apiKey: new ApiKey('k') })

/** What a page loads: whatever its tags name, and what it fetches. */
const loaded = (page: string, html: string) =>
  [...html.matchAll(/(?:src|href|url)="([^"]+)"/g)].map((match) => new URL(match[1]!, `http://door${page}`))

for (const page of ['/docs', '/redoc']) {
  test(`${page} is a page whose every part is served here, without a key`, async () => {
    const response = await app.request(page)
    assert.equal([response.status, response.headers.get('content-type')], [200, 'text/html; charset=utf-8'])
    const parts = loaded(page, await response.text()).filter(({ protocol }) => protocol !== 'data:')
    assert.ok(parts.length >= 2)
    for (const { host, pathname } of parts) {
      assert.is(host, 'door')
      assert.is((await app.request(pathname)).status, 200, pathname)
    }
  })

  test(`${page} forbids browsers to load anything from elsewhere`, async () => {
    const policy = (await app.request(page)).headers.get('content-security-policy') ?? ''
    assert.match(policy, "default-src 'none'")
    for (const part of policy.split('; ')) assert.match(part, /^[a-z-]+( ('none'|'self'|'unsafe-inline'|data:|blob:))+$/)
    assert.not.match(policy, /script-src[^;]*(unsafe|data:|blob:)/)
  })
}

test('the packages have the files', async () => {
  for (const [path, { contentType }] of Object.entries(docsFiles)) {
    const response = await app.request(path)
    assert.equal([response.status, response.headers.get('content-type')], [200, contentType], path)
    assert.ok((await response.text()).length > 50, path)
  }
})

test('the document is JSON, and asks for no key', async () => {
  const response = await app.request('/openapi.json')
  assert.equal([response.status, response.headers.get('content-type')], [200, 'application/json'])
  assert.is(((await response.json()) as { openapi: string }).openapi, '3.1.0')
})

test('documents are only read', async () => {
  for (const path of ['/openapi.json', ...Object.keys(docsFiles)]) {
    const response = await app.request(path, { method: 'POST', headers: { authorization: 'Bearer k' } })
    assert.equal([response.status, response.headers.get('allow')], [405, 'GET'], path)
  }
})

test.run()
