package import Logging

/// The names of log metadata. Nothing else spells them, so that one search finds every use.
package enum LogKey: String, Sendable, CaseIterable {
    case session
    case message
    case listener
    case peer
    case user
    case account
    case mailbox
    case uid
    case host
    case reason
    case operation
    case error
    case signal
    case file
    case count
    case duration
    case address
    case key
    case queue
    case shard
    case version
    case mechanism
    case line
    case recipient
    case id
}

extension Logger {
    /// Sets or reads one value under its catalogued name.
    package subscript(key: LogKey) -> Logger.MetadataValue? {
        get { self[metadataKey: key.rawValue] }
        set { self[metadataKey: key.rawValue] = newValue }
    }
}

extension Logger.Metadata {
    /// Metadata from catalogued names: `[.peer: "192.0.2.1"]` without a string that could be misspelt.
    package init(_ fields: [LogKey: String]) {
        self = Dictionary(uniqueKeysWithValues: fields.map { ($0.key.rawValue, .string($0.value)) })
    }
}
