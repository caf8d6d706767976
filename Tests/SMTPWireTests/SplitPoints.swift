import NIOCore

/// Every way to cut `text` in two, the whole in one piece, and each octet alone.
func everyCut(of text: String) -> [[ByteBuffer]] {
    let bytes = Array(text.utf8)
    var cuts: [[ByteBuffer]] = [[ByteBuffer(bytes: bytes)]]
    for index in bytes.indices.dropFirst() {
        cuts.append([ByteBuffer(bytes: bytes[..<index]), ByteBuffer(bytes: bytes[index...])])
    }
    cuts.append(bytes.map { ByteBuffer(bytes: [$0]) })
    return cuts
}

/// A small generator whose every run is the same, so that a failure can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    mutating func next() -> UInt64 {
        self.state ^= self.state << 13
        self.state ^= self.state >> 7
        self.state ^= self.state << 17
        return self.state
    }
}

/// `text` with a few octets changed, dropped, doubled or moved.
func mutated(_ text: String, _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = Array(text.utf8)
    let special: [UInt8] = [
        0, 0x0A, 0x0D, 0x20, 0x22, 0x2E, 0x3C, 0x3D, 0x3E, 0x40, 0x5B, 0x5C, 0x5D, 0x7F, 0x80, 0xC3, 0xFF,
    ]
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
        let index = bytes.indices.randomElement(using: &generator) ?? 0
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[index] = special.randomElement(using: &generator) ?? 0
        case 1: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.remove(at: index)
        case 3: bytes.insert(special.randomElement(using: &generator) ?? 0, at: index)
        default: bytes.insert(contentsOf: bytes[index...].prefix(8), at: index)
        }
    }
    return bytes
}
