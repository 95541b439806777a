import { Client } from 'pg'
import { startEmbeddedPostgres } from '../embedded.ts'

// A child process of embedded.test.ts: commits pairs of rows until it is killed, and prints each number once committed.
const [dataDir = ''] = process.argv.slice(2)
const { connectionString } = await startEmbeddedPostgres({ dataDir })
const client = new Client({ connectionString })
await client.connect()
await client.query('create table if not exists pairs (n int, half int, filler text)')
const { rows } = await client.query<{ n: number }>('select coalesce(max(n), 0) as n from pairs')
for (let n = (rows[0]?.n ?? 0) + 1; ; n += 1) {
  await client.query('begin')
  await client.query('insert into pairs values ($1, 1, $2)', [n, 'x'.repeat(500)])
  await client.query('insert into pairs values ($1, 2, $2)', [n, 'x'.repeat(500)])
  await client.query('commit')
  process.stdout.write(`${n}\n`)
}
