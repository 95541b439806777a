/** The worker that decodes camera frames: qr-scanner's decoder, as a file of this client (see `qr-decoder-plugin.ts`). */
import 'qr-scanner/qr-scanner-worker.min.js'
