package import NIOCore

extension ByteBuffer {
    /// Puts bytes that have arrived behind those that wait. They are not copied when none are waiting.
    ///
    /// Whoever always leaves the beginning of a command behind never lets the buffer run empty, and by itself it only
    /// grows. So what was taken out of it is given up as soon as it is more than what is kept, which bounds the buffer
    /// by a multiple of what waits, however much has passed through.
    ///
    /// - Complexity: O(arrived octets), amortised.
    package mutating func appendReceived(_ bytes: ByteBuffer) {
        guard self.readableBytes > 0 else {
            self = bytes
            return
        }
        if self.readerIndex > self.readableBytes { self.discardReadBytes() }
        self.writeImmutableBuffer(bytes)
    }
}
