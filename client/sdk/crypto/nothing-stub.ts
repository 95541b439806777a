/** Stands in for parts of protobufjs that are looked at when it is loaded, and never called. */
export default {}
