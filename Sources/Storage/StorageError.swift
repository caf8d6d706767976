/// Something the disk or the database could not do; temporary unless the code says otherwise.
///
/// `detail` is for the log and the postmaster, never for a peer.
package struct StorageError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// No space left; the operation left nothing behind and works again when there is room.
        case diskFull
        /// Another process serves from the same files, or a lock was not had in time.
        case busy
        /// The file is not what was written; see `martlet store check`.
        case corrupt
        /// The data was written by a later release.
        case newerFormat
        /// The data is older than the oldest release this one can upgrade from.
        case olderFormat
        case readOnly
        /// There is no such file.
        case missing
        /// One of two names is on another file system.
        case crossDevice
        /// The process or the system is out of descriptors or memory.
        case exhausted
        case constraint
        /// The disk failed. Of a write that ends so it is not known whether it will be there after a restart.
        case io
        case closed
        case misuse
    }

    package let code: Code
    package let operation: StaticString
    package let detail: String

    /// Whether, of an error in reading, it may be about nothing but what was read, so that the rest is worth a try.
    package var isOfWhatWasRead: Bool {
        switch self.code {
        case .corrupt, .io, .missing, .readOnly: true
        default: false
        }
    }

    package init(_ code: Code, _ operation: StaticString, _ detail: String = "") {
        self.code = code
        self.operation = operation
        self.detail = detail
    }

    package var description: String {
        self.detail.isEmpty ? "\(self.operation): \(self.code)" : "\(self.operation): \(self.code): \(self.detail)"
    }
}
