internal import NIOCore
internal import Sessions

/// Answers of many lines, written no faster than the client takes them.
extension IMAPConnection {
    /// Does not write on while the client takes nothing.
    ///
    /// - Throws: `CancellationError` when nobody reads any more what is written.
    func makeRoom() async throws {
        guard self.output.readableBytes > SessionTransport.outputOctetsMax else { return }
        await self.untilWritable()
        if self.isLost { throw CancellationError() }
    }
}
