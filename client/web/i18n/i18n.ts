import { i18n } from '@lingui/core'
import { messages } from './locales/en/messages.po'

/** The languages there are. A catalogue of another one is a file under `locales` and a line here. */
i18n.loadAndActivate({ locale: 'en', messages })

export { i18n }
