/// The event fired into every connection's pipeline when the service stops: finish what was begun, say goodbye, close.
package struct ServiceStopping: Hashable, Sendable {
    package init() {}
}
