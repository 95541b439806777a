import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { takeSecrets } from './join-secret.ts'
import { takeShared } from './shared.ts'
import { Crashed } from './screens/crashed.tsx'
import { ChatsLayout } from './shell/chats-layout.tsx'
import { EmptyPane } from './shell/empty-pane.tsx'
import { NotFound } from './shell/not-found.tsx'
import { OpenLink } from './shell/open-link.tsx'
import { PageLoading, PaneLoading } from './shell/pane-loading.tsx'
import { Shell } from './shell/shell.tsx'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })

/** The list of conversations with something beside it; on a phone, one of the two. */
const chats = createRoute({ getParentRoute: () => root, id: 'chats', component: ChatsLayout })

const empty = createRoute({ getParentRoute: () => chats, path: '/', component: EmptyPane })

const conversation = createRoute({
  getParentRoute: () => chats,
  path: '/c/$id',
  component: lazyRouteComponent(() => import('../features/timeline/conversation-screen.tsx'), 'ConversationScreen'),
})
const contact = createRoute({
  getParentRoute: () => chats,
  path: '/c/$id/contact',
  component: lazyRouteComponent(() => import('../features/contact/contact-screen.tsx'), 'ContactScreen'),
})
const group = createRoute({
  getParentRoute: () => chats,
  path: '/c/$id/group',
  component: lazyRouteComponent(() => import('../features/groups/group-screen.tsx'), 'GroupScreen'),
})
const addToGroup = createRoute({
  getParentRoute: () => chats,
  path: '/c/$id/group/add',
  component: lazyRouteComponent(() => import('../features/groups/add-people.tsx'), 'AddPeople'),
})
const safety = createRoute({
  getParentRoute: () => chats,
  path: '/c/$id/safety',
  component: lazyRouteComponent(() => import('../features/contact/safety-screen.tsx'), 'SafetyScreen'),
})
const newConversation = createRoute({
  getParentRoute: () => chats,
  path: '/new',
  component: lazyRouteComponent(() => import('../features/conversations/new-conversation.tsx'), 'NewConversation'),
})

const newGroup = createRoute({
  getParentRoute: () => chats,
  path: '/new/group',
  component: lazyRouteComponent(() => import('../features/groups/new-group.tsx'), 'NewGroup'),
})

/** An invite link. Its secret was taken out of the address before this router saw it: see `join-secret.ts`. */
const join = createRoute({
  getParentRoute: () => chats,
  path: '/j/$group',
  component: lazyRouteComponent(() => import('../features/groups/join-screen.tsx'), 'JoinScreen'),
})

/** What another app shares: the service worker took it, and it was taken out of the address, as a secret is. */
const share = createRoute({
  getParentRoute: () => chats,
  path: '/share',
  component: lazyRouteComponent(() => import('../features/share/share-screen.tsx'), 'ShareScreen'),
})

/** Links to a person: `/u/<username>` and `/a/<account>`. */
const byUsername = createRoute({
  getParentRoute: () => chats,
  path: '/u/$username',
  component: function ByUsername() {
    return <OpenLink by="username" value={byUsername.useParams().username} />
  },
})
const byAccount = createRoute({
  getParentRoute: () => chats,
  path: '/a/$account',
  component: function ByAccount() {
    return <OpenLink by="account" value={byAccount.useParams().account} />
  },
})

const settings = createRoute({ getParentRoute: () => root, path: '/settings', component: Outlet })
const settingsSection = createRoute({
  getParentRoute: () => settings,
  path: '{-$section}',
  component: lazyRouteComponent(() => import('../features/settings/settings-screen.tsx'), 'SettingsScreen'),
  pendingComponent: PageLoading,
})

/** An installed client may be started at its file. */
const index = createRoute({
  getParentRoute: () => root,
  path: '/index.html',
  beforeLoad: () => {
    throw redirect({ to: '/' })
  },
})

const routeTree = root.addChildren([
  chats.addChildren([
    empty,
    conversation,
    contact,
    group,
    addToGroup,
    safety,
    newConversation,
    newGroup,
    join,
    share,
    byUsername,
    byAccount,
  ]),
  settings.addChildren([settingsSection]),
  index,
])

takeSecrets()
takeShared()

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultErrorComponent: Crashed,
  defaultPendingComponent: PaneLoading,
  defaultPendingMs: 150,
  // Timelines keep their own place.
  scrollRestoration: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
