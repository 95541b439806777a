/** The address that opens a conversation with somebody. By username where there is one: people can read and check it. */
export function contactLink(
  origin: string,
  { account, username }: { account: string; username?: string | undefined },
): string {
  return username === undefined ? `${origin}/a/${account}` : `${origin}/u/${encodeURIComponent(username)}`
}
