import Crypto
import SenderAuth
import Testing

@Suite("DKIM: canonical bodies")
struct BodyHasherTests {
    static func hash(_ body: [UInt8], _ request: BodyHashRequest, pieceOctets: Int = Int.max) -> BodyHash? {
        var hasher = BodyHasher([request])
        var position = 0
        while position < body.count {
            let end = position + min(pieceOctets, body.count - position)
            hasher.update(body.span.extracting(position..<end))
            position = end
        }
        return hasher.finish()[request]
    }

    static let table: [(body: String, simple: String, relaxed: String)] = [
        // RFC 6376 §3.4.5.
        (" C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"),
        ("", "\r\n", ""),
        ("\r\n", "\r\n", ""),
        ("\r\n\r\n\r\n", "\r\n", ""),
        (" \t\r\n \r\n", " \t\r\n \r\n", ""),
        ("a", "a\r\n", "a\r\n"),
        ("a\r\n", "a\r\n", "a\r\n"),
        ("a\n", "a\r\n", "a\r\n"),
        ("a\nb\r\nc\n\n\n", "a\r\nb\r\nc\r\n", "a\r\nb\r\nc\r\n"),
        ("a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n"),
        ("a\r\n \r\n\t\r\nb\r\n \r\n", "a\r\n \r\n\t\r\nb\r\n \r\n", "a\r\n\r\n\r\nb\r\n"),
        ("\r\n\r\na", "\r\n\r\na\r\n", "\r\n\r\na\r\n"),
        ("\ta  b\t\tc \td\t \r\n", "\ta  b\t\tc \td\t \r\n", " a b c d\r\n"),
        ("a \r", "a \r\r\n", "a \r\r\n"),
        ("a\rb \r \r\n", "a\rb \r \r\n", "a\rb \r\r\n"),
        ("a \r\r\n", "a \r\r\n", "a \r\r\n"),
        (
            "one two three four five six  seven\r\n", "one two three four five six  seven\r\n",
            "one two three four five six seven\r\n"
        ),
        ("0123456 \t89\r\n", "0123456 \t89\r\n", "0123456 89\r\n"),
        (
            "01234567 89abcde f\r\n01234567  9\r\n", "01234567 89abcde f\r\n01234567  9\r\n",
            "01234567 89abcde f\r\n01234567 9\r\n"
        ),
        ("0123456\t\r\n01234567\t\r\n", "0123456\t\r\n01234567\t\r\n", "0123456\r\n01234567\r\n"),
    ]

    @Test("bodies become what the standard says, wherever the pieces are cut", arguments: Self.table.indices)
    func forms(_ row: Int) {
        let (body, simple, relaxed) = Self.table[row]
        let octets = Array(body.utf8)
        for pieceOctets in 1...max(1, octets.count) {
            for (form, expected) in [(Canonicalization.simple, simple), (.relaxed, relaxed)] {
                let hash = Self.hash(octets, BodyHashRequest(form), pieceOctets: pieceOctets)
                #expect(
                    hash?.canonicalOctets == expected.utf8.count,
                    "\(form) \(body.debugDescription) by \(pieceOctets)"
                )
                #expect(hash?.octets == Array(SHA256.hash(data: Array(expected.utf8))))
            }
        }
    }

    /// The same by reading each byte once and remembering nothing clever.
    static func plainRelaxed(_ body: [UInt8]) -> [UInt8] {
        var lines: [[UInt8]] = []
        for part in body.split(separator: 0x0A, omittingEmptySubsequences: false) {
            var line: [UInt8] = []
            var content = part[...]
            let isLast = part.endIndex == body.endIndex
            if !isLast, content.last == 0x0D { content.removeLast() }
            for byte in content {
                let isBlank = byte == 0x20 || byte == 0x09
                if isBlank, line.last == 0x20 { continue }
                line.append(isBlank ? 0x20 : byte)
            }
            if line.last == 0x20 { line.removeLast() }
            lines.append(line)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.flatMap { $0 + [0x0D, 0x0A] }
    }

    @Test("random bodies come out as a plain reading of the rules has them", arguments: 0..<200 as Range<UInt64>)
    func randomBodies(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ bound: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state % bound
        }
        let alphabet: [[UInt8]] = [
            [0x20], [0x09], [0x0D, 0x0A], [0x0D, 0x0A], [0x0A], [0x0D], [0x61], Array("word".utf8),
            Array("longer-word".utf8),
            Array("two words".utf8), Array(repeating: 0x62, count: 300),
        ]
        let body = (0..<next(120)).flatMap { _ in alphabet[Int(next(UInt64(alphabet.count)))] }
        let expected = Self.plainRelaxed(body)
        for pieceOctets in [1, 3, 8, 61, 4_096] {
            let hash = Self.hash(body, BodyHashRequest(.relaxed), pieceOctets: pieceOctets)
            #expect(hash?.canonicalOctets == expected.count)
            #expect(hash?.octets == Array(SHA256.hash(data: expected)))
        }
    }

    @Test("of a limited body only so many canonical octets are hashed", arguments: [0, 1, 4, 5, 1_000])
    func limits(_ octetsMax: Int) {
        let request = BodyHashRequest(.relaxed, octetsMax: octetsMax)
        let canonical = Array("a b\r\nc\r\n".utf8)
        let hash = Self.hash(Array("a  b\r\nc \r\n\r\n".utf8), request, pieceOctets: 2)
        #expect(hash?.octets == Array(SHA256.hash(data: Array(canonical.prefix(octetsMax)))))
        #expect(hash?.canonicalOctets == canonical.count)
    }

    @Test("several forms and functions are hashed in one go")
    func several() {
        let requests = [
            BodyHashRequest(.simple), BodyHashRequest(.relaxed), BodyHashRequest(.relaxed, .sha1),
            BodyHashRequest(.relaxed, octetsMax: 3),
        ]
        var hasher = BodyHasher(requests + requests)
        let body = Array("a  b\r\n".utf8)
        hasher.update(body.span)
        let hashes = hasher.finish()
        #expect(hashes.count == 4)
        #expect(hashes[requests[0]]?.octets == Array(SHA256.hash(data: body)))
        #expect(hashes[requests[1]]?.octets == Array(SHA256.hash(data: Array("a b\r\n".utf8))))
        #expect(hashes[requests[2]]?.octets == Array(Insecure.SHA1.hash(data: Array("a b\r\n".utf8))))
        #expect(hashes[requests[3]]?.octets == Array(SHA256.hash(data: Array("a b".utf8))))
        #expect(BodyHasher([]).isIdle && !hasher.isIdle)
    }
}
