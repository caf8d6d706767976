import NIOCore

/// A way for bytes to arrive: the pieces into which a network may cut them.
struct Cut: CustomStringConvertible {
    private enum Kind {
        case every(Int)
        case at(Int)
        case chosen(seed: UInt64, longest: Int)
    }

    private let kind: Kind

    var description: String {
        switch self.kind {
        case .every(let octets): "in pieces of \(octets)"
        case .at(let place): "cut at \(place)"
        case .chosen(_, let longest): "in pieces of up to \(longest)"
        }
    }

    /// Inputs up to this length are cut in two at every place there is.
    private static let everyPlaceOctetsMax = 48
    /// Inputs up to this length are also given octet by octet.
    private static let singleOctetsMax = 2_048

    /// All ways in which an input is tried. What is chosen follows from the input alone, so that a find can be
    /// repeated.
    static func ways(for input: [UInt8]) -> [Cut] {
        let seed = Self.seed(of: input)
        var ways = [
            Cut(kind: .chosen(seed: seed, longest: max(2, input.count / 3))),
            Cut(kind: .chosen(seed: seed &+ 1, longest: input.count > Self.singleOctetsMax ? 4_096 : 20)),
        ]
        if input.count <= Self.singleOctetsMax { ways.append(Cut(kind: .every(1))) }
        if input.count <= Self.everyPlaceOctetsMax, input.count > 1 {
            ways.append(contentsOf: (1..<input.count).map { Cut(kind: .at($0)) })
        }
        return ways
    }

    func pieces(of input: [UInt8]) -> [ByteBuffer] {
        var pieces: [ByteBuffer] = []
        var random = SplitMix(state: 0)
        if case .chosen(let seed, _) = self.kind { random = SplitMix(state: seed) }
        var start = 0
        while start < input.count {
            let length =
                switch self.kind {
                case .every(let octets): octets
                case .at(let place): start == 0 ? place : input.count
                case .chosen(_, let longest): 1 + random.below(longest)
                }
            let end = min(input.count, start + length)
            pieces.append(ByteBuffer(bytes: input[start..<end]))
            start = end
        }
        return pieces
    }

    /// FNV-1a.
    private static func seed(of input: [UInt8]) -> UInt64 {
        input.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}

/// Numbers that look random and are the same in every run.
struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(max(bound, 1)))
    }
}

/// Reads the input whole and in every ``Cut``, and demands the same record of it each time.
func requireSameHoweverCut<Record: Equatable>(
    _ input: [UInt8],
    _ subject: String,
    _ read: ([ByteBuffer]) throws(BrokenProperty) -> Record
) throws(BrokenProperty) {
    let whole = try read([ByteBuffer(bytes: input)])
    for cut in Cut.ways(for: input) {
        let pieces = try read(cut.pieces(of: input))
        try require(pieces == whole, "\(subject) reads otherwise \(cut) than whole: \(difference(whole, pieces))")
    }
}

/// Where two values that should be the same begin to differ.
private func difference<Record>(_ whole: Record, _ pieces: Record) -> String {
    let (left, right) = (Array("\(whole)".utf8), Array("\(pieces)".utf8))
    let common = zip(left, right).prefix { $0 == $1 }.count
    let texts = [left, right].map { String(decoding: $0.dropFirst(max(0, common - 60)).prefix(200), as: UTF8.self) }
    return "…\(texts[0])… and …\(texts[1])…"
}
