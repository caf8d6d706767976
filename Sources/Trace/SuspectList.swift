internal import Glibc
internal import MailTypes
internal import Synchronization

/// Remembers for some days which messages were in hand when a worker crashed, and how often.
///
/// A small text file, `kind id count seconds` a line, replaced as a whole and synced at each change; changes are as
/// rare as crashes.
final class SuspectList: Sendable {
    /// A message that has not been in a crash for this long is no suspect any more, in seconds.
    private static let forgetAfter: Int64 = 7 * 86_400
    /// Entries kept at most; the latest win.
    private static let entriesMax = 4_096

    private struct Entry {
        var crashes: Int
        var lastSeen: Int64

        func isForgotten(at now: Int64) -> Bool { now - self.lastSeen >= SuspectList.forgetAfter }
    }

    private let path: String
    private let clock: any WallClock
    private let entries: Mutex<[String: Entry]>

    init(path: String, clock: any WallClock) {
        self.path = path
        self.clock = clock
        self.entries = Mutex(Self.load(path, now: clock.now.secondsSince1970))
    }

    func recordCrash(_ remnants: [FlightRemnant]) {
        guard !remnants.isEmpty else { return }
        self.change { entries, now in
            for key in Set(remnants.flatMap(Self.keys)) {
                entries[key] = Entry(crashes: (entries[key]?.crashes ?? 0) + 1, lastSeen: now)
            }
        }
    }

    func link(_ message: TimeSortedID, toFingerprint fingerprint: UInt64) {
        self.change { entries, now in
            let crashes = entries[Self.key(fingerprint)]?.crashes ?? 0
            entries[Self.key(message)] = Entry(crashes: crashes, lastSeen: now)
        }
    }

    /// Leaves one crash of those that had the message in hand.
    func pardon(_ message: TimeSortedID) {
        self.change { entries, _ in
            let key = Self.key(message)
            if let crashes = entries[key]?.crashes { entries[key]?.crashes = min(crashes, 1) }
        }
    }

    func crashes(ofFingerprint fingerprint: UInt64) -> Int { self.crashes(of: Self.key(fingerprint)) }

    func crashes(ofMessage message: TimeSortedID) -> Int { self.crashes(of: Self.key(message)) }

    /// - Parameter key: not made while the list is empty, which it nearly always is.
    private func crashes(of key: @autoclosure () -> String) -> Int {
        self.entries.withLock { entries in
            guard !entries.isEmpty, let entry = entries[key()],
                !entry.isForgotten(at: self.clock.now.secondsSince1970)
            else { return 0 }
            return entry.crashes
        }
    }

    private static func keys(of remnant: FlightRemnant) -> [String] {
        var keys: [String] = []
        if let message = remnant.message { keys.append(Self.key(message)) }
        if remnant.fingerprint != 0 { keys.append(Self.key(remnant.fingerprint)) }
        return keys
    }

    private static func key(_ message: TimeSortedID) -> String { "message \(message)" }
    private static func key(_ fingerprint: UInt64) -> String { "fingerprint \(String(fingerprint, radix: 16))" }

    private func change(_ body: (inout [String: Entry], Int64) -> Void) {
        let now = self.clock.now.secondsSince1970
        self.entries.withLock { entries in
            entries = entries.filter { !$0.value.isForgotten(at: now) }
            body(&entries, now)
            if entries.count > Self.entriesMax {
                let latest = entries.sorted { $0.value.lastSeen > $1.value.lastSeen }.prefix(Self.entriesMax)
                entries = Dictionary(uniqueKeysWithValues: latest.map { ($0.key, $0.value) })
            }
            self.save(entries)
        }
    }

    private static func load(_ path: String, now: Int64) -> [String: Entry] {
        guard let file = unsafe fopen(path, "re") else { return [:] }
        defer { unsafe fclose(file) }
        var entries: [String: Entry] = [:]
        var line = [CChar](repeating: 0, count: 256)
        while unsafe fgets(&line, 256, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let words = text.split(whereSeparator: \.isWhitespace)
            guard words.count == 4, let crashes = Int(words[2]), let lastSeen = Int64(words[3]) else { continue }
            let entry = Entry(crashes: crashes, lastSeen: lastSeen)
            if !entry.isForgotten(at: now) { entries["\(words[0]) \(words[1])"] = entry }
        }
        return entries
    }

    /// A list that cannot be written is kept in memory: the suspicion then lasts as long as this worker.
    private func save(_ entries: [String: Entry]) {
        let temporary = "\(self.path).new"
        guard let file = unsafe fopen(temporary, "we") else { return }
        for (key, entry) in entries {
            unsafe fputs("\(key) \(entry.crashes) \(entry.lastSeen)\n", file)
        }
        let isWhole = unsafe fflush(file) == 0 && fsync(fileno(file)) == 0
        unsafe fclose(file)
        if isWhole { unsafe rename(temporary, self.path) }
    }
}
