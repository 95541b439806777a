import { afterEach, expect, it, vi } from 'vitest'
import { forgetSecret, keepSecret, onSecret, secretOf, takeSecrets } from './join-secret.ts'

const GROUP = 'AAAAAAAAAAAAAAAAAAAAAA'
const SECRET = 'A'.repeat(43)

/** A tab at an address; answers what it shows afterwards, and what happens when the part behind the `#` changes. */
function tabAt(pathname: string, hash: string) {
  const location = { pathname, search: '', hash }
  const replaced: string[] = []
  let changed: (() => void) | undefined
  vi.stubGlobal('location', location)
  vi.stubGlobal('history', {
    state: { key: 'kept' },
    replaceState: (state: unknown, _: string, url: string) => {
      expect(state).toEqual({ key: 'kept' })
      replaced.push(url)
      location.hash = ''
    },
  })
  vi.stubGlobal('addEventListener', (type: string, listener: () => void) => {
    if (type === 'hashchange') changed = listener
  })
  return {
    replaced,
    paste: (next: string) => {
      location.hash = next
      changed?.()
    },
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
  forgetSecret(GROUP)
})

it('the secret of a link leaves the address, and is kept until it was used', () => {
  const tab = tabAt(`/j/${GROUP}`, `#${SECRET}`)
  takeSecrets()
  expect(tab.replaced).toEqual([`/j/${GROUP}`])
  expect(secretOf(GROUP)).toBe(SECRET)
  forgetSecret(GROUP)
  expect(secretOf(GROUP)).toBeUndefined()
})

it('what is cut short leaves the address too, and is no secret', () => {
  const tab = tabAt(`/j/${GROUP}`, `#${SECRET.slice(1)}`)
  takeSecrets()
  expect(tab.replaced).toEqual([`/j/${GROUP}`])
  expect(secretOf(GROUP)).toBeUndefined()
})

it('a link that is pasted into an open tab is taken as well, and told', () => {
  const tab = tabAt(`/j/${GROUP}`, '')
  takeSecrets()
  const told = vi.fn<() => void>()
  const end = onSecret(told)
  tab.paste(`#${SECRET}`)
  expect([secretOf(GROUP), tab.replaced.length, told.mock.calls.length]).toEqual([SECRET, 1, 1])
  end()
  keepSecret(GROUP, SECRET)
  expect(told).toHaveBeenCalledTimes(1)
})

it('addresses of other pages keep what they have', () => {
  const tab = tabAt('/settings', `#${SECRET}`)
  takeSecrets()
  expect(tab.replaced).toEqual([])
})
