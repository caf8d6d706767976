internal import Crypto
internal import MailBytes

/// How much of a body is hashed, in which form, by which function.
package struct BodyHashRequest: Hashable, Sendable {
    package var canonicalization: Canonicalization
    package var algorithm: HashAlgorithm
    /// Octets of the canonical body from its start; `nil` means all of it. The l= tag.
    package var octetsMax: Int?

    package init(_ canonicalization: Canonicalization, _ algorithm: HashAlgorithm = .sha256, octetsMax: Int? = nil) {
        self.canonicalization = canonicalization
        self.algorithm = algorithm
        self.octetsMax = octetsMax
    }
}

/// The form in which a header or body is signed. RFC 6376 §3.4.
package enum Canonicalization: String, Hashable, Sendable, CaseIterable {
    /// As it is, but for empty lines at the body's end.
    case simple
    /// With blanks that hosts on the way may change evened out.
    case relaxed
}

/// A hash function that signatures name.
package enum HashAlgorithm: String, Hashable, Sendable, CaseIterable {
    case sha1
    case sha256
}

/// What hashing a body gave.
package struct BodyHash: Hashable, Sendable {
    package var octets: [UInt8]
    /// How long the canonical body is, hashed or not.
    package var canonicalOctets: Int
}

/// Hashes a message's body in all the forms that its signatures ask for, piece by piece as it comes.
///
/// The body is read once a form and never copied: stretches that are canonical already, which is nearly all, go to
/// the hash function as they lie there. Where the pieces begin and end makes no difference.
package struct BodyHasher: Sendable {
    /// One a form that is asked for.
    private var bodies: [CanonicalBody] = []

    /// - Parameter requests: each is answered once, however often it stands there.
    package init(_ requests: some Sequence<BodyHashRequest>) {
        for request in requests {
            if let index = self.bodies.firstIndex(where: { $0.form == request.canonicalization }) {
                self.bodies[index].add(request)
            } else {
                self.bodies.append(CanonicalBody(request.canonicalization))
                self.bodies[self.bodies.count - 1].add(request)
            }
        }
    }

    /// Whether nobody wants a hash, so that the body need not be read at all.
    package var isIdle: Bool { self.bodies.isEmpty }

    /// - Parameter bytes: the next piece of the body, which starts behind the empty line that ends the header.
    package mutating func update(_ bytes: Span<UInt8>) {
        for index in self.bodies.indices { self.bodies[index].update(bytes) }
    }

    /// The hashes, once the body has ended.
    package mutating func finish() -> [BodyHashRequest: BodyHash] {
        var hashes: [BodyHashRequest: BodyHash] = [:]
        for index in self.bodies.indices { self.bodies[index].finish(into: &hashes) }
        return hashes
    }
}

/// The hash functions that all take the same canonical bytes.
struct BodyDigests: Sendable {
    private var digests: [LimitedDigest] = []
    private var octets = 0
    /// Short pieces are gathered here, as each call of a hash function has its price.
    private var gathered: [UInt8] = []

    private static let gatheredOctetsMax = 4_096
    private static let shortOctetsMax = 256

    mutating func add(_ request: BodyHashRequest) {
        guard !self.digests.contains(where: { $0.request == request }) else { return }
        self.digests.append(LimitedDigest(request))
        self.gathered.reserveCapacity(Self.gatheredOctetsMax)
    }

    mutating func absorb(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        self.octets += range.count
        if range.count <= Self.shortOctetsMax {
            if self.gathered.count + range.count > Self.gatheredOctetsMax { self.flush() }
            let piece = bytes.extracting(range)
            unsafe piece.withUnsafeBufferPointer { unsafe self.gathered.append(contentsOf: $0) }
        } else {
            self.flush()
            for index in 0..<self.digests.count { self.digests[index].update(bytes.extracting(range)) }
        }
    }

    mutating func absorb(_ byte: UInt8) {
        self.octets += 1
        if self.gathered.count == Self.gatheredOctetsMax { self.flush() }
        self.gathered.append(byte)
    }

    private mutating func flush() {
        guard !self.gathered.isEmpty else { return }
        Self.feed(&self.digests, self.gathered)
        self.gathered.removeAll(keepingCapacity: true)
    }

    private static func feed(_ digests: inout [LimitedDigest], _ octets: [UInt8]) {
        for index in digests.indices { digests[index].update(octets.span) }
    }

    mutating func finish(into hashes: inout [BodyHashRequest: BodyHash]) {
        self.flush()
        for digest in self.digests {
            hashes[digest.request] = BodyHash(octets: digest.octets, canonicalOctets: self.octets)
        }
    }
}

/// One hash function that stops listening after so many octets.
private struct LimitedDigest: Sendable {
    let request: BodyHashRequest
    private var remaining: Int
    private var hash: RunningHash

    init(_ request: BodyHashRequest) {
        self.request = request
        self.remaining = request.octetsMax ?? Int.max
        self.hash = RunningHash(request.algorithm)
    }

    mutating func update(_ bytes: Span<UInt8>) {
        let count = min(self.remaining, bytes.count)
        guard count > 0 else { return }
        self.remaining -= count
        self.hash.update(bytes.extracting(first: count))
    }

    var octets: [UInt8] { self.hash.octets }
}

/// A hash function under way: exactly one of the two is there, in place, as taking it out of an enum would copy it.
struct RunningHash: Sendable {
    private var sha1: Insecure.SHA1?
    private var sha256: SHA256?

    init(_ algorithm: HashAlgorithm) {
        switch algorithm {
        case .sha1: self.sha1 = Insecure.SHA1()
        case .sha256: self.sha256 = SHA256()
        }
    }

    mutating func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { pointer in
            unsafe self.sha256?.update(bufferPointer: pointer)
            unsafe self.sha1?.update(bufferPointer: pointer)
        }
    }

    var octets: [UInt8] {
        if let sha256 { return Array(sha256.finalize()) }
        return self.sha1.map { Array($0.finalize()) } ?? []
    }
}
