import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { endLeftovers, type LiveServer, root, serving } from '../support.ts'
import { chromium, show } from './browser.ts'

let server: LiveServer
test.before(async () => {
  server = await serving(['--config', join(root, 'examples/echo-words/config.yaml')])
})
test.after(async () => {
  assert.is(await server.stop(), 0)
  endLeftovers()
})

/** What a page shows when it has read the document. */
const pages = {
  '/docs': "[...document.querySelectorAll('.opblock-summary-path')].map((each) => each.innerText).join(' ')",
  '/redoc': "[...document.querySelectorAll('h2')].map((each) => each.innerText).join(' ')",
}
for (const [path, shown] of Object.entries(pages)) {
  test(`${path} shows the document, and what it loads is served here`, async () => {
    const page = await (await fetch(server.url + path)).text()
    assert.not.match(page, /(src|href|url)="?(https?:)?\/\//)
    // Elsewhere the page's text, above, and its policy (docs.spec.ts) have to do.
    if (chromium === undefined) return
    const { value, loaded } = await show(chromium, server.url + path, shown)
    assert.match(String(value), 'text/echo')
    assert.is(loaded[0], server.url + path)
    assert.ok(loaded.includes(`${server.url}/openapi.json`))
    assert.equal(
      loaded.filter((url) => !/^(data|blob):/.test(url) && new URL(url).origin !== server.url),
      [],
    )
  })
}

test.run()
