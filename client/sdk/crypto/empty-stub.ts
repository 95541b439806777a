/**
 * Stands in for modules that the library or its codec loads and never uses. `long`: integers of 64 bits, which protobufjs does
 * without where there is no such package, and which no Signal message has. The messages of Signal's push service, which
 * belong to another product.
 */
export default undefined
