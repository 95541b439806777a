import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountsSuite, registrationSuite } from '#db/local/test/accounts-suite.ts'
import { archivePropertySuite } from '#db/local/test/archive-property-suite.ts'
import { auditSuite } from '#db/local/test/audit-suite.ts'
import { testDatabases, type TestDatabase } from '#db/local/test/databases.ts'
import { envelopesSuite } from '#db/local/test/envelopes-suite.ts'
import { mediaSuite } from '#db/local/test/media-suite.ts'
import { usernamesSuite } from '#db/local/test/usernames-suite.ts'
import { ping } from './health.ts'

describe.each(testDatabases())('on the $name, over HTTP', ({ open }) => {
  let opened: TestDatabase | undefined
  const database = () => {
    if (opened === undefined) throw new Error('the database is not open')
    return opened.db
  }

  beforeAll(async () => {
    opened = await open()
  })

  afterAll(async () => {
    await opened?.close()
  })

  it('a database that is up answers a ping', async () => {
    await expect(ping(database())).resolves.toBeUndefined()
  })

  registrationSuite(database)
  accountsSuite(database)
  usernamesSuite(database)
  envelopesSuite(database)
  archivePropertySuite(database)
  mediaSuite(database)
  // Last: it turns the log's clock forward, and looks at what the others wrote.
  auditSuite(database)
})
