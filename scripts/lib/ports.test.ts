import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { Failure } from './failure.ts'
import { findFreePort, parsePort, requireFreePort } from './ports.ts'

it('takes PORT when it is one, and the default when it is not set', () => {
  expect(parsePort('443', 8787)).toBe(443)
  expect(parsePort('', 8787)).toBe(8787)
  expect(parsePort(undefined, 8787)).toBe(8787)
})

it.each(['0', '65536', '80a', '-1', '8 0', '1e3'])('refuses "%s" as a port', (text) => {
  expect(() => parsePort(text, 8787)).toThrow(Failure)
})

it('refuses a port that another program has, and lets a free one pass', async () => {
  const port = await findFreePort()
  await requireFreePort('127.0.0.1', port)
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  await expect(requireFreePort('127.0.0.1', port)).rejects.toThrow(`Port ${port} is taken`)
  server.close()
})
