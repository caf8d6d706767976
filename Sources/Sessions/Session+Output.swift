package import Listener
package import NIOCore

/// Writing, and waiting for the socket to take what was written.
extension Session {
    /// Gives the channel what has been collected.
    package func flush() {
        guard self.output.readableBytes > 0 else { return }
        let bytes = self.output
        self.output = ByteBuffer()
        if self.tellsLines { self.noteSent(bytes) }
        self.channel.writeAndFlush(bytes, promise: nil)
    }

    /// Adds a piece of an answer; a large one goes to the channel without being copied.
    package func emit(_ bytes: ByteBuffer) {
        if self.tellsLines {
            // Apart from answers whose lines may be told: it may be a message's.
            self.flush()
            self.noteSent("(\(bytes.readableBytes) octets of an answer)")
            return self.channel.writeAndFlush(bytes, promise: nil)
        }
        guard bytes.readableBytes > SessionTransport.copiedOctetsMax else {
            self.output.writeImmutableBuffer(bytes)
            return
        }
        if self.output.readableBytes > 0 {
            let earlier = self.output
            self.output = ByteBuffer()
            self.channel.write(earlier, promise: nil)
        }
        self.channel.writeAndFlush(bytes, promise: nil)
    }

    /// Waits until the socket has taken most of what it was given.
    package func untilWritable() async {
        if self.output.readableBytes > SessionTransport.outputOctetsMax || !self.channel.isWritable { self.flush() }
        // Looked at after the flush: it may itself have made room, and then nobody would wake us.
        guard !self.channel.isWritable, self.channel.isActive, !self.isOver else { return }
        await withCheckedContinuation { self.transport.writabilityWaiter = $0 }
    }

    /// Sends what has been written, and encrypts everything from here on. What the client sent before must be
    /// forgotten: it was not encrypted, so nobody knows who wrote it.
    package func beginTLS(_ context: TLSContext) throws {
        self.flush()
        try context.insert(into: self.channel.pipeline.syncOperations)
        self.transport.tls = context
    }
}
