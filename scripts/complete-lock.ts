/**
 * Adds to package-lock.json the optional packages of other platforms that it lacks: `node scripts/complete-lock.ts`.
 *
 * npm leaves an optional package out of the lock when the registry at hand does not serve it, as mirrors do that keep only
 * some platforms; and then `npm ci` refuses the lock as incomplete, on every machine. What is added here has no integrity
 * hash: it is never installed where the lock is made, and where it is, npm takes the version that is named.
 */

import { readFile, writeFile } from 'node:fs/promises'
import * as v from 'valibot'

const Entry = v.looseObject({
  optionalDependencies: v.optional(v.record(v.string(), v.string())),
  dev: v.optional(v.boolean()),
})
const Lock = v.looseObject({ packages: v.record(v.string(), Entry) })
/** The same as it came, for writing: parsing puts the fields that it knows first. */
const RawLock = v.custom<{ packages: Record<string, unknown> }>((lock) => v.is(Lock, lock))

const SYSTEMS = new Set(['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'aix'])
const PROCESSORS = new Set(['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'])

/** What the name of a platform package says of where it installs, in package.json's terms. */
export function platformOf(name: string): { os?: string[]; cpu?: string[]; libc?: string[] } {
  const words = name.replace(/^.*\//, '').split('-')
  const os = words.includes('win32') || words.includes('windows') ? 'win32' : words.find((word) => SYSTEMS.has(word))
  // workerd's packages say 64 for x64.
  const cpu = words.find((word) => PROCESSORS.has(word)) ?? (words.includes('64') ? 'x64' : undefined)
  const libc =
    os !== 'linux' ? undefined : words.includes('musl') ? 'musl' : words.includes('gnu') ? 'glibc' : undefined
  return {
    // A package for no system is for a virtual one (wasm): nothing installs it by platform.
    ...(os === undefined ? { cpu: ['wasm32'] } : { os: [os], ...(cpu !== undefined && { cpu: [cpu] }) }),
    ...(libc !== undefined && { libc: [libc] }),
  }
}

/** Where Node would look for `name` from a package at `path` of the lock. */
function isInstalledFor(packages: object, path: string, name: string): boolean {
  const steps = path === '' ? [] : path.split('/node_modules/')
  return [...steps.keys(), steps.length].some((depth) => {
    const above = steps.slice(0, depth).join('/node_modules/')
    return `${above === '' ? '' : `${above}/`}node_modules/${name}` in packages
  })
}

/** The lock's text with the missing packages, and their names. */
export function completeLock(text: string): { text: string; added: string[] } {
  const raw = v.parse(RawLock, JSON.parse(text))
  const packages = { ...raw.packages }
  const added: string[] = []
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(v.parse(Lock, raw).packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (isInstalledFor(packages, path, name)) continue
      packages[`node_modules/${name}`] = { version, ...(dev && { dev }), optional: true, ...platformOf(name) }
      added.push(`${name}@${version}`)
    }
  }
  const sorted = Object.fromEntries(Object.entries(packages).sort(([left], [right]) => (left < right ? -1 : 1)))
  return { text: `${JSON.stringify({ ...raw, packages: sorted }, null, 2)}\n`, added }
}

if (import.meta.main) {
  const file = new URL('../package-lock.json', import.meta.url)
  const { text, added } = completeLock(await readFile(file, 'utf8'))
  if (added.length > 0) await writeFile(file, text)
  process.stdout.write(added.length === 0 ? 'The lock is complete.\n' : `Added: ${added.join(' ')}\n`)
}
