import { inProfile } from './profile-page.ts'
import type { Person } from './person.ts'

/** A conversation with somebody of this name: the one that is in the list, or another. */
export interface History {
  readonly name: string
  /** How many messages it has afterwards. Each begins with the name and its number. */
  readonly messages: number
}

/**
 * Gives a person a past: writes conversations, newest first, into their real store, on a page of the same origin where no
 * engine runs. The client's own code does it, which the debugger brings there. The person's page stands at the list
 * afterwards. Answers the number of messages written.
 */
export async function giveHistories(person: Person, histories: readonly History[]): Promise<number> {
  const written = await inProfile<number>(person, 'fill-store', 'fillStore', histories)
  await person.page.goto('/')
  await person.page.locator('[data-conversation]').first().waitFor()
  return written
}
