import { expect, it } from 'vitest'
import { directUrl, parseServer, startDatabase } from './database.ts'
import { Failure } from './failure.ts'

it("migrates past Neon's pooler, and any other server at its own address", () => {
  expect(directUrl(new URL('postgres://u:p@ep-a-pooler.eu.aws.neon.tech/d'))).toBe(
    'postgres://u:p@ep-a.eu.aws.neon.tech/d',
  )
  expect(directUrl(new URL('postgres://u:p@a-pooler.example/d'))).toBe('postgres://u:p@a-pooler.example/d')
})

it.each(['nonsense', 'mysql://u:p@host/d'])('refuses %s as DATABASE_URL', (url) => {
  expect(() => parseServer(url)).toThrow(Failure)
})

it('says which server cannot be used, and not its password', async () => {
  const url = 'postgres://somebody:hunter2@127.0.0.1:9/relay'
  const failure: unknown = await startDatabase({ url, connections: 1, folder: 'unused' }).catch(
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(Failure)
  expect(String(failure)).toContain('127.0.0.1:9')
  expect(String(failure)).not.toContain('hunter2')
})
