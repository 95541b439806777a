/** The worker that decodes camera frames: qr-scanner's decoder, as a file of this client (see `qr-decoder-plugin.ts`). */
// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing: it answers the messages that come
import 'qr-scanner/qr-scanner-worker.min.js'
