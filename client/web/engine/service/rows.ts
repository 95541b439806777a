import type { Conversation } from '#sdk/index.ts'
import { toConversation } from '#sdk/session/conversations.ts'
import { conversationKey, conversationRecord, identityRecord, parseRecord } from '#sdk/session/records.ts'
import type { Store } from '#sdk/store/store.ts'
import type { ConversationRow } from '../api.ts'
import type { Preview } from './ui-records.ts'
import type { UiState } from './ui-state.ts'

/** The conversation list. Read whole once; afterwards only what changed is read. */
export class Rows {
  readonly #store: Store
  readonly #ui: UiState
  readonly #changed: (row: ConversationRow) => void
  readonly #removed: (account: string) => void
  readonly #conversations = new Map<string, Conversation>()
  /** Contacts that came with another identity key, until it is accepted. */
  readonly #offered = new Set<string>()
  readonly #dirty = new Set<string>()
  #reading: Promise<void> | undefined

  private constructor(
    store: Store,
    ui: UiState,
    changed: (row: ConversationRow) => void,
    removed: (account: string) => void,
  ) {
    this.#store = store
    this.#ui = ui
    this.#changed = changed
    this.#removed = removed
  }

  /** @param store the engine's: read beside it, never written */
  static async load(
    store: Store,
    ui: UiState,
    changed: (row: ConversationRow) => void,
    removed: (account: string) => void,
  ): Promise<Rows> {
    const rows = new Rows(store, ui, changed, removed)
    const [conversations, identities] = await Promise.all([store.all('conversation'), store.all('identity')])
    for (const { partition, value } of conversations) {
      rows.#conversations.set(partition, toConversation(partition, parseRecord(conversationRecord, value)))
    }
    for (const { partition, value } of identities) {
      if (parseRecord(identityRecord, value).offered !== undefined) rows.#offered.add(partition)
    }
    return rows
  }

  all(): ConversationRow[] {
    const accounts = new Set([...this.#conversations.keys(), ...this.#ui.accounts()])
    return [...accounts].map((account) => this.row(account))
  }

  has(account: string): boolean {
    return this.#conversations.has(account) || this.#ui.has(account)
  }

  isGroup(id: string): boolean {
    return this.#conversations.get(id)?.group !== undefined
  }

  conversations(): Iterable<Conversation> {
    return this.#conversations.values()
  }

  lastOrder(account: string): number {
    return this.#conversations.get(account)?.lastOrder ?? 0
  }

  row(account: string): ConversationRow {
    const known = this.#conversations.get(account)
    const ui = this.#ui.conversation(account)
    const username = known?.username ?? ui.username
    const { preview } = ui
    return {
      id: account,
      ...(known?.group === undefined ? {} : groupPart(known.group)),
      unread: known?.unread ?? 0,
      lastAt: known?.lastAt ?? 0,
      lastOrder: known?.lastOrder ?? 0,
      readUpTo: known?.readUpTo ?? 0,
      ...(known?.timer === undefined ? {} : { timer: known.timer }),
      ...(known?.pinnedMessages === undefined ? {} : { pinnedMessages: known.pinnedMessages }),
      ...(known?.way === undefined ? {} : { way: known.way }),
      ...(known?.request === true ? { request: true } : {}),
      ...(known?.blocked === true ? { blocked: true } : {}),
      ...(known?.name === undefined ? {} : { name: known.name }),
      ...(username === undefined ? {} : { username }),
      ...(preview === undefined ? {} : { preview: previewPart(preview) }),
      ...(ui.draft === undefined ? {} : { draft: ui.draft }),
      ...(ui.draftStyles === undefined ? {} : { draftStyles: ui.draftStyles }),
      ...(ui.draftMentions === undefined ? {} : { draftMentions: ui.draftMentions }),
      ...(ui.mutedUntil === undefined ? {} : { mutedUntil: ui.mutedUntil }),
      pinned: ui.pinned === true,
      archived: ui.archived === true,
      verified: ui.verifiedKey !== undefined,
      identityChanged: this.#offered.has(account),
    }
  }

  setOffered(account: string, isOffered: boolean): void {
    if (isOffered) this.#offered.add(account)
    else this.#offered.delete(account)
    this.tell(account)
  }

  /** What the interface knows of it changed. */
  tell(account: string): void {
    this.#changed(this.row(account))
  }

  /** The engine's record changed: it is read again, with whatever else changed meanwhile. */
  refresh(account: string): void {
    this.#dirty.add(account)
    this.#reading ??= this.#read()
  }

  /** Resolves when everything that changed was read. */
  async idle(): Promise<void> {
    await this.#reading
  }

  async #read(): Promise<void> {
    while (this.#dirty.size > 0) {
      const accounts = [...this.#dirty]
      this.#dirty.clear()
      // A store that is gone says so to its engine, too: here, the list stays as it was.
      const values = await this.#store.getMany(accounts.map(conversationKey)).catch(() => [])
      values.forEach((value, at) => {
        const account = accounts[at]
        if (account === undefined) return
        if (value === undefined) {
          // A request that was deleted.
          if (this.#conversations.delete(account)) {
            void this.#ui.forget(account).catch(() => undefined)
            this.#removed(account)
          }
          return
        }
        this.#conversations.set(account, toConversation(account, parseRecord(conversationRecord, value)))
        this.tell(account)
      })
    }
    this.#reading = undefined
  }
}

function groupPart({
  mentions,
  ...group
}: NonNullable<Conversation['group']>): Pick<ConversationRow, 'group' | 'mentions'> {
  return mentions === 0 ? { group } : { group, mentions }
}

function previewPart({
  text,
  outgoing,
  state,
  kind,
  view,
  author,
  happened,
}: Preview): NonNullable<ConversationRow['preview']> {
  return {
    text,
    outgoing,
    state,
    kind,
    ...(view === undefined ? {} : { view }),
    ...(author === undefined ? {} : { author }),
    ...(happened === undefined ? {} : { happened }),
  }
}
