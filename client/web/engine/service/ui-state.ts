import { parseRecord } from '#sdk/session/records.ts'
import type { Store } from '#sdk/store/store.ts'
import {
  UI_PROFILE,
  type UiConversation,
  type UiProfile,
  uiConversationKey,
  uiConversationRecord,
  uiProfileRecord,
} from './ui-records.ts'
import type { WriteBehind } from './write-behind.ts'

/** What is not known of a conversation, or is taken back. */
export type UiChange = { readonly [K in keyof UiConversation]: UiConversation[K] | undefined }

/** The interface's own facts, whole in memory: one small record for each conversation. */
export class UiState {
  readonly #writes: WriteBehind
  readonly #conversations: Map<string, UiConversation>
  #profile: UiProfile

  private constructor(writes: WriteBehind, conversations: Map<string, UiConversation>, profile: UiProfile) {
    this.#writes = writes
    this.#conversations = conversations
    this.#profile = profile
  }

  static async load(store: Store, writes: WriteBehind): Promise<UiState> {
    const [records, profile] = await Promise.all([store.all('conversation'), store.get(UI_PROFILE)])
    const conversations = records.map(
      ({ partition, value }) => [partition, parseRecord(uiConversationRecord, value)] as const,
    )
    const known = profile === undefined ? { recoveryConfirmed: false } : parseRecord(uiProfileRecord, profile)
    return new UiState(writes, new Map(conversations), known)
  }

  get profile(): UiProfile {
    return this.#profile
  }

  conversation(account: string): UiConversation {
    return this.#conversations.get(account) ?? {}
  }

  has(account: string): boolean {
    return this.#conversations.has(account)
  }

  accounts(): Iterable<string> {
    return this.#conversations.keys()
  }

  /** In effect at once; resolves when it is durable. */
  update(account: string, change: Partial<UiChange>): Promise<void> {
    const merged = { ...this.conversation(account), ...change }
    const value = Object.fromEntries(Object.entries(merged).filter(([, part]) => part !== undefined)) as UiConversation
    this.#conversations.set(account, value)
    return this.#writes.write({ put: uiConversationKey(account), value })
  }

  /** Nothing is known of it any more. */
  forget(account: string): Promise<void> {
    this.#conversations.delete(account)
    return this.#writes.write({ delete: uiConversationKey(account) })
  }

  async updateProfile(change: Partial<UiProfile>): Promise<void> {
    const value = { ...this.#profile, ...change }
    await this.#writes.write({ put: UI_PROFILE, value })
    this.#profile = value
  }
}
