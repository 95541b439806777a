/**
 * SilentRelay's client engine: end-to-end-encrypted messaging without a user interface. Runs in a browser worker and in
 * Node; see `examples/` for a bot.
 *
 *     const engine = await openEngine({ relayUrl: 'https://relay.example', store })
 *     if (engine.state !== 'ready') await engine.register({ username: 'echo.bot' })
 *     engine.on('message', (message) => { … })
 *     await engine.connect()
 */

export { type EngineOptions, openEngine } from './session/open-engine.ts'
export type { Engine, EngineState } from './session/engine.ts'
export type { RegisterOptions } from './session/account.ts'
export type { OwnDevice } from './session/devices.ts'
export type {
  ConnectionState,
  Conversation,
  EngineEvents,
  GroupEvent,
  GroupStage,
  Listener,
  Message,
  MessageContent,
  Quote,
} from './session/events.ts'
export type { SearchQuery, SearchedKind } from './session/search/query.ts'
export type { SearchCoverage, SearchHit, SearchResult } from './session/search/search.ts'
export type { Group, GroupMember } from './session/groups/view.ts'
export type { TextVersion } from './session/annotations/commands.ts'
export type { AnnotationCommands } from './session/annotations/loaded-commands.ts'
export type { GroupCommands } from './session/groups/groups.ts'
export type { Caption, MediaFile } from './session/media/compose.ts'
export type { MediaCommands } from './session/media/media.ts'
export type { QuotedFile } from './session/annotations/quoted-file.ts'
export type { MediaPlace, MediaStatus, MediaView, MediaWait } from './session/media/status.ts'
export * from './media/errors.ts'
export type { MediaStore } from './media/media-store.ts'
export { openMemoryMediaStore } from './media/memory.ts'
export type { KeyLogAlarm, KeyLogCommands, KeyLogEvidence } from './session/key-log/key-log.ts'
export type { KeyLogStatus } from './session/key-log/status.ts'
export type { KeyLogWitness } from './session/key-log/witnesses.ts'
export type { KeyLogFailure, KeyLogWait } from './session/key-log/failures.ts'
export { GroupError, type GroupErrorCode } from './session/groups/errors.ts'
export type { MessageState, SendFailure, Settings } from './session/records.ts'
export { type DeviceKey, DeviceKeyLostError, type DeviceKeyProvider, storedDeviceKeys } from './session/device-key.ts'
export type { Platform, Timing } from './session/core.ts'
export * from './session/errors.ts'
export { OfflineError, RelayError, UnexpectedAnswerError } from './transport/errors.ts'
export type { Timers } from './transport/timers.ts'
export type { OpenRawSocket, RawSocket, RawSocketHandlers } from './transport/socket.ts'
export { type Store, StoreClosedError, StoreLockedError } from './store/store.ts'
export { openMemoryStore } from './store/memory.ts'
export { openIndexedDbStore } from './store/indexeddb.ts'
