package import MailTypes

/// The messages of a mailbox at one moment: UIDs ascending, with flags. Copies are cheap and share their memory.
///
/// Invariant: UIDs ascend; no chunk is empty; `starts[i]` is the index of the first message of chunk `i`.
package struct MailboxState: Sendable {
    package struct Entry: Sendable, Hashable {
        package var uid: UID
        /// Octets of the message, as RFC822.SIZE tells.
        package var octets: UInt32
        package var flags: FlagSet
        package var modSeq: ModSeq
        package var message: StoredMessageID

        package init(uid: UID, octets: UInt32, flags: FlagSet, modSeq: ModSeq, message: StoredMessageID) {
            self.uid = uid
            self.octets = octets
            self.flags = flags
            self.modSeq = modSeq
            self.message = message
        }
    }

    /// Messages in a chunk: what one change copies at most.
    @usableFromInline static let chunkMax = 512

    /// Neighbouring messages, and a modification sequence none of theirs is above.
    @usableFromInline
    struct Chunk: Sendable {
        @usableFromInline var entries: [Entry]
        @usableFromInline var modSeqMax: ModSeq
    }

    @usableFromInline var chunks: [Chunk] = []
    @usableFromInline var starts: [Int] = []
    package private(set) var count = 0
    package internal(set) var uidNext: UID
    package internal(set) var highestModSeq: ModSeq
    /// Changes with every expunge: equal numbers mean that sequence numbers are the same.
    package private(set) var expungeGeneration = 0
    /// Changes with every flag change.
    package private(set) var flagGeneration = 0

    init(uidNext: UID, highestModSeq: ModSeq) {
        self.uidNext = uidNext
        self.highestModSeq = highestModSeq
    }

    /// - Complexity: O(log n).
    package subscript(index: Int) -> Entry {
        let chunk = self.chunk(holding: index)
        return self.chunks[chunk].entries[index - self.starts[chunk]]
    }

    /// The index of a UID; `nil` when there is no such message.
    package func index(of uid: UID) -> Int? {
        let index = self.firstIndex(notBefore: uid)
        return index < self.count && self[index].uid == uid ? index : nil
    }

    /// Calls `body` with each of these messages that exists, and its index. UIDs must ascend.
    @inlinable
    package func forEach(of uids: [UID], _ body: (Int, Entry) throws -> Void) rethrows {
        var next = 0
        var chunk = 0
        while next < uids.count {
            chunk = self.chunk(from: chunk, mayHold: uids[next])
            guard chunk < self.chunks.count else { return }
            let entries = self.chunks[chunk].entries
            var index = Self.firstIndex(in: entries, notBefore: uids[next])
            while index < entries.count, next < uids.count {
                if entries[index].uid < uids[next] {
                    index += 1
                    continue
                }
                if entries[index].uid == uids[next] { try body(self.starts[chunk] + index, entries[index]) }
                next += 1
            }
        }
    }

    /// The index of the first message with this UID or a later one; `count` when there is none.
    package func firstIndex(notBefore uid: UID) -> Int {
        var low = 0
        var high = self.chunks.count
        while low < high {
            let middle = (low + high) / 2
            if let last = self.chunks[middle].entries.last, last.uid < uid { low = middle + 1 } else { high = middle }
        }
        guard low < self.chunks.count else { return self.count }
        return self.starts[low] + Self.firstIndex(in: self.chunks[low].entries, notBefore: uid)
    }

    /// Calls `body` with each entry of a range of indices, in order.
    @inlinable
    package func forEach(in range: Range<Int>, _ body: (Entry) throws -> Void) rethrows {
        guard !range.isEmpty else { return }
        var chunk = self.chunk(holding: range.lowerBound)
        var index = range.lowerBound
        while index < range.upperBound {
            let start = self.starts[chunk]
            let end = Swift.min(start + self.chunks[chunk].entries.count, range.upperBound)
            while index < end {
                try body(self.chunks[chunk].entries[index - start])
                index += 1
            }
            chunk += 1
        }
    }

    /// Indices below `end` of the messages that came or changed after `modSeq`, ascending.
    ///
    /// - Complexity: O(*n* / 512) and the parts of the mailbox in which something changed.
    package func indicesChanged(since modSeq: ModSeq, upTo end: Int) -> [Int] {
        var changed: [Int] = []
        for (chunk, start) in zip(self.chunks, self.starts) where chunk.modSeqMax > modSeq {
            for offset in 0..<Swift.min(chunk.entries.count, max(0, end - start))
            where chunk.entries[offset].modSeq > modSeq {
                changed.append(start + offset)
            }
        }
        return changed
    }

    @inlinable
    func chunk(holding index: Int) -> Int {
        precondition(index >= 0 && index < self.count, "no message has this index")
        var low = 0
        var high = self.starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if self.starts[middle] <= index { low = middle } else { high = middle }
        }
        return low
    }

    @usableFromInline
    static func firstIndex(in entries: [Entry], notBefore uid: UID) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].uid < uid { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension MailboxState {
    /// Adds a message with a UID above all others.
    mutating func append(_ entry: Entry) {
        if let last = self.chunks.indices.last, self.chunks[last].entries.count < Self.chunkMax {
            self.chunks[last].entries.append(entry)
            self.chunks[last].note(entry.modSeq)
        } else {
            self.starts.append(self.count)
            var entries: [Entry] = []
            entries.reserveCapacity(Self.chunkMax)
            entries.append(entry)
            self.chunks.append(Chunk(entries: entries, modSeqMax: entry.modSeq))
        }
        self.count += 1
    }

    /// Gives messages new flags; those that are gone are passed over. UIDs must ascend.
    mutating func setFlags(_ changes: [(uid: UID, flags: FlagSet)], modSeq: ModSeq) {
        self.flagGeneration += 1
        var next = changes[...]
        var chunk = 0
        while let first = next.first {
            chunk = self.chunk(from: chunk, mayHold: first.uid)
            guard chunk < self.chunks.count else { return }
            self.chunks[chunk].setFlags(&next, modSeq: modSeq)
        }
    }

    /// Removes messages; those that are gone are passed over. UIDs must ascend.
    mutating func remove(_ uids: [UID]) {
        guard !uids.isEmpty else { return }
        self.expungeGeneration += 1
        var next = 0
        var kept: [Chunk] = []
        kept.reserveCapacity(self.chunks.count)
        for chunk in self.chunks {
            guard let last = chunk.entries.last else { continue }
            while next < uids.count, let first = chunk.entries.first, uids[next] < first.uid { next += 1 }
            if next >= uids.count || uids[next] > last.uid {
                kept.append(chunk)
                continue
            }
            let left = chunk.entries.filter { entry in
                while next < uids.count, uids[next] < entry.uid { next += 1 }
                return next >= uids.count || uids[next] != entry.uid
            }
            if !left.isEmpty { kept.append(Chunk(entries: left, modSeqMax: chunk.modSeqMax)) }
        }
        self.replaceChunks(kept)
    }

    private mutating func replaceChunks(_ chunks: [Chunk]) {
        self.chunks = Self.merged(chunks)
        self.starts.removeAll(keepingCapacity: true)
        self.count = 0
        for chunk in self.chunks {
            self.starts.append(self.count)
            self.count += chunk.entries.count
        }
    }

    /// Joins neighbours that fit into one chunk, so that many small expunges do not leave many small chunks.
    private static func merged(_ chunks: [Chunk]) -> [Chunk] {
        var result: [Chunk] = []
        result.reserveCapacity(chunks.count)
        for chunk in chunks {
            if let last = result.indices.last,
                result[last].entries.count + chunk.entries.count <= Self.chunkMax / 2
            {
                result[last].entries += chunk.entries
                result[last].note(chunk.modSeqMax)
            } else {
                result.append(chunk)
            }
        }
        return result
    }

    /// The first chunk at or after `start` whose last UID is not below this one; UIDs ascend over calls, so walking
    /// on is mostly one step.
    @usableFromInline
    func chunk(from start: Int, mayHold uid: UID) -> Int {
        var chunk = start
        var steps = 0
        while chunk < self.chunks.count, let last = self.chunks[chunk].entries.last, last.uid < uid {
            chunk += 1
            steps += 1
            if steps == 8 { return self.chunk(searching: chunk, for: uid) }
        }
        return chunk
    }

    private func chunk(searching start: Int, for uid: UID) -> Int {
        var low = start
        var high = self.chunks.count
        while low < high {
            let middle = (low + high) / 2
            if let last = self.chunks[middle].entries.last, last.uid < uid { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension MailboxState.Chunk {
    /// Takes from `changes` what lies in this chunk.
    fileprivate mutating func setFlags(_ changes: inout ArraySlice<(uid: UID, flags: FlagSet)>, modSeq: ModSeq) {
        guard let first = changes.first else { return }
        var index = MailboxState.firstIndex(in: self.entries, notBefore: first.uid)
        while index < self.entries.count, let change = changes.first {
            if self.entries[index].uid < change.uid {
                index += 1
                continue
            }
            if self.entries[index].uid == change.uid {
                self.entries[index].flags = change.flags
                self.entries[index].modSeq = modSeq
                self.note(modSeq)
            }
            changes.removeFirst()
        }
    }

    fileprivate mutating func note(_ modSeq: ModSeq) {
        if modSeq > self.modSeqMax { self.modSeqMax = modSeq }
    }
}
