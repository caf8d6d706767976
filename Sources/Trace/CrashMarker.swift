/// In debug builds, a header by which a test makes the program trap in the middle of its work; absent from releases.
package enum CrashMarker {
    /// Traps when the message's header holds `X-Martlet-Test-Trap:` and this is a debug build.
    @inline(__always)
    package static func trip(in message: Span<UInt8>) {
        #if DEBUG
        let marker = Array("X-Martlet-Test-Trap:".utf8)
        for start in 0..<max(0, min(message.count, 4_096) - marker.count) where message[start] == marker[0] {
            let isHit = marker.indices.allSatisfy { message[start + $0] == marker[$0] }
            precondition(!isHit, "a test asked for this trap")
        }
        #endif
    }
}
