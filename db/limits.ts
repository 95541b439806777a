/** Limits of one database call; apart from the queries, so that rules can use them without loading the query builder. */

/** Rows in one insert: enough that the round trip is shared widely, few enough that the object is not held up by them. */
export const ARCHIVE_MAX_ROWS = 500

/** Characters of bodies in one insert or page: a Worker has 128 MiB, and the text exists several times on its way. */
export const ARCHIVE_MAX_BODY_CHARS = 8 * 1024 * 1024

/** Entries of the audit log in one insert. Each is a few hundred octets, and all other appends wait for it. */
export const AUDIT_MAX_ROWS = 200
