import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withHugePages } from '../../../servables/host/huge-pages.ts'

test('a host asks for huge pages, beside what the user has set', () => {
  assert.equal(withHugePages({ A: 'b' }), { A: 'b', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' })
  const set = { GLIBC_TUNABLES: 'glibc.malloc.check=1' }
  assert.is(withHugePages(set).GLIBC_TUNABLES, 'glibc.malloc.check=1:glibc.malloc.hugetlb=1')
})

test('what the user says of huge pages stays', () => {
  const set = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' }
  assert.equal(withHugePages(set), set)
})

test.run()
