/** A thin mirror of what the engine tells: hooks to read it, nothing that decides. */

export { drawMessageId } from '#sdk/session/message-id.ts'
export { type EngineConnection, engineApi, useApi } from './api.ts'
export {
  type ConversationFilter,
  getConversation,
  listedConversations,
  useAllConversations,
  useConversation,
  useConversations,
  useConversationsLoaded,
  useTyping,
  useUnreadCount,
} from './conversations.ts'
export {
  type Connection,
  getPhase,
  startEngine,
  useConnection,
  useDevicesVersion,
  usePhase,
  useProfile,
} from './engine.ts'
export { jumpTo, useJumpTo } from './jumps.ts'
export { useGroupVersion } from './groups.ts'
export { onMediaGone, useMediaStatus } from './media.ts'
export { beforeLeaving, handOver, keepEverything, useOtherBuildWaits } from './handover.ts'
export { quotedContent } from './quoted-content.ts'
export { lastOwnText, showEcho, type Timeline, useTimeline } from './timelines.ts'
