import type { Client, QueryArrayConfig } from 'pg'
import * as v from 'valibot'

// The body of Neon's `POST /sql`. Parameters arrive as text, as PostgreSQL takes them, or as plain JSON values.
const statement = v.object({
  query: v.string(),
  params: v.optional(v.array(v.union([v.string(), v.number(), v.boolean(), v.null()])), []),
  arrayMode: v.optional(v.boolean()),
})
const request = v.union([v.object({ queries: v.array(statement) }), statement])

export type Statement = v.InferOutput<typeof statement>

/** A parsed body, or undefined when it is not of Neon's shape. */
export function parseStatements(
  body: unknown,
): { transaction: true; statements: Statement[] } | { transaction: false; statements: [Statement] } | undefined {
  const parsed = v.safeParse(request, body)
  if (!parsed.success) return undefined
  const { output } = parsed
  if ('queries' in output) return { transaction: true, statements: output.queries }
  return { transaction: false, statements: [output] }
}

// Every value as the text that PostgreSQL sends: Neon's driver parses it on its side.
const asText = { getTypeParser: () => (text: string | Buffer) => text }

/** Runs one statement; the result has the shape of Neon's answers. Throws pg's `DatabaseError`. */
export async function runStatement(
  client: Pick<Client, 'query'>,
  { query, params, arrayMode }: Statement,
  arrays: boolean,
) {
  // pg's types lack `queryMode`. As Neon does: without parameters pg would take the simple protocol, in which a text may
  // hold several statements.
  const config: QueryArrayConfig & { queryMode: 'extended' } = {
    text: query,
    values: params,
    rowMode: 'array',
    types: asText,
    queryMode: 'extended',
  }
  const result = await client.query<(string | null)[]>(config)
  const fields = result.fields.map(({ name, dataTypeID }) => ({ name, dataTypeID }))
  const rows =
    (arrayMode ?? arrays)
      ? result.rows
      : result.rows.map((row) => Object.fromEntries(fields.map(({ name }, at) => [name, row[at]])))
  return { fields, rows, rowCount: result.rowCount ?? 0, command: result.command, rowAsArray: arrayMode ?? arrays }
}
