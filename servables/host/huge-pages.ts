/**
 * The environment of a process whose large blocks of memory lie in huge pages, where the C library is glibc 2.35 or later: reading
 * a model's weights, which is most of a step, then misses fewer addresses. Elsewhere it says nothing. What the user has set stays.
 */
export function withHugePages(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { GLIBC_TUNABLES: set = '' } = environment
  if (set.includes('glibc.malloc.hugetlb')) return environment
  return { ...environment, GLIBC_TUNABLES: [set, 'glibc.malloc.hugetlb=1'].filter((each) => each !== '').join(':') }
}
